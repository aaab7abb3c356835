"""A task killed with its process runs again, or does not, as its settings declare.

With ``acks_late`` the broker still holds its message when the whole worker dies. When only the
pool process dies, the worker lives on and decides: it gives the message back with
``reject_on_worker_lost``, and acknowledges it without.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from harness.checkers.attempts import Attempt, attempts_of
from harness.checkers.conclusion import NS_PER_MS, Findings
from harness.checkers.moments import Span, quiet, redelivery_blocked, watched
from harness.event import NODE_EXITED, RESULT, SHUTTING_DOWN, SUCCEEDED
from harness.history import History
from harness.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Acks:
    """When a task's message is acknowledged."""

    acks_late: bool
    reject_on_worker_lost: bool = False


@dataclass(frozen=True, slots=True)
class AcksAsDeclared:
    """The bound counts from the death of the process, by the monotonic clock.

    While another dead worker kept everybody from redelivering, the bound stands still.
    """

    guarantee: ClassVar[str] = "acks-as-declared"
    tasks: Mapping[str, Acks] = field(default_factory=dict)  # by name
    # The target's visibility timeout, the broker's sweep, and a worker's start.
    redelivery_ms_max: int = 60_000
    # A task killed sooner after its start may not have been acknowledged early yet.
    acknowledged_ms_max: int = 500

    def check(self, history: History) -> Verdict:
        """Judge; unknown when no declared task was killed, or not watched for long enough."""
        found = Findings(history)
        counts = {"killed": 0, "ran_again": 0, "stored": 0, "too_young": 0}
        ended, calm, blocked = watched(history).until, quiet(history), redelivery_blocked(history)
        stored = {e.id for e in history if e.type == RESULT and e.detail["state"] == "SUCCESS"}
        asked = _Shutdowns(history)
        for attempt in attempts_of(history, self.tasks):
            if attempt.killed and not _limited(attempt) and not asked.explains(attempt):
                counts["killed"] += 1
                counts["ran_again"] += attempt.again is not None
                bound = self.redelivery_ms_max + _blocked_ms(blocked, _died(attempt))
                over = calm or ended - _died(attempt) > bound * NS_PER_MS
                # Killed after it stored its result, before it could say that it had succeeded.
                done_before = attempt.task.id in stored and not attempt.task.saw(SUCCEEDED)
                self._judge(attempt, bound, over, done_before, counts, found)
        return found.verdict(
            self.guarantee,
            kept=f"All {found.judged} killed tasks ran again, or did not, as declared; "
            f"again at most {self.redelivery_ms_max} ms after their process died.",
            untested="None of the declared tasks was killed.",
            counts=counts,
        )

    def _judge(
        self,
        attempt: Attempt,
        bound: int,
        over: bool,
        stored: bool,
        counts: dict[str, int],
        found: Findings,
    ) -> None:
        declared = self.tasks[attempt.task.name]
        due = declared.acks_late and (attempt.main_died or declared.reject_on_worker_lost)
        said = f"{attempt.task} was killed with {_process(attempt)} and {_settings(declared)}"
        lines = _lines(attempt)
        if due:
            self._judge_due(attempt, said, bound, over, stored, counts, found)
        elif _lived(attempt) < self.acknowledged_ms_max * NS_PER_MS:
            counts["too_young"] += 1
        elif attempt.again:
            found.judged += 1
            found.break_(f"{said}, and yet it ran again.", attempt.task.id, lines)
        elif over:
            found.judged += 1
        else:
            found.doubt(f"{said}; nobody waited to see it not run.", attempt.task.id, lines)

    def _judge_due(
        self,
        attempt: Attempt,
        said: str,
        bound: int,
        over: bool,
        stored: bool,
        counts: dict[str, int],
        found: Findings,
    ) -> None:
        lines, id_ = _lines(attempt), attempt.task.id
        if attempt.again:
            found.judged += 1
            waited = (attempt.again[1].mono - _died(attempt)) // NS_PER_MS
            if waited > bound:
                late = f"{said}, and ran again only after {waited} ms (at most {bound})."
                found.late(late, id_, lines, Span(_died(attempt), attempt.again[1].mono))
        elif stored:
            counts["stored"] += 1  # its work is done, which the worker looks up
        elif over:
            found.judged += 1
            found.break_(f"{said}, and never ran again (within {bound} ms).", id_, lines)
        else:
            found.doubt(f"{said}; it was watched for less than {bound} ms.", id_, lines)


class _Shutdowns:
    """Deaths that belong to a worker's end in order are not this promise's."""

    def __init__(self, history: History) -> None:
        self._asked = [e for e in history if e.type == SHUTTING_DOWN]
        self._exits = [e for e in history if e.type == NODE_EXITED]

    def explains(self, attempt: Attempt) -> bool:
        began, died = attempt.start[1].mono, _died(attempt)
        here = (e.mono for e in self._exits if e.id == attempt.node and e.mono >= died)
        gone = min(here, default=died)
        return any(e.id == attempt.node and began <= e.mono <= gone for e in self._asked)


def _blocked_ms(blocked: Span | None, died: int) -> int:
    """For how long after this death nothing could be redelivered."""
    return max(0, blocked.until - max(died, blocked.since)) // NS_PER_MS if blocked else 0


def _limited(attempt: Attempt) -> bool:
    return attempt.end is not None and attempt.end[1].type in ("hard-limit", "revoked")


def _died(attempt: Attempt) -> int:
    assert attempt.death
    return attempt.death[1].mono


def _lived(attempt: Attempt) -> int:
    return _died(attempt) - attempt.start[1].mono


def _process(attempt: Attempt) -> str:
    return f"its worker {attempt.node}" if attempt.main_died else f"its process {attempt.pid}"


def _settings(declared: Acks) -> str:
    if not declared.acks_late:
        return "is acknowledged early"
    gives = "given" if declared.reject_on_worker_lost else "not given"
    return f"is acknowledged late, {gives} back when only its process is lost"


def _lines(attempt: Attempt) -> tuple[int, ...]:
    seen = (attempt.start, attempt.death, attempt.end, attempt.again)
    return tuple(each[0] for each in seen if each)
