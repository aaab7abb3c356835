"""A task's time limits hold: the soft one is raised in it, the hard one ends it, and that is all.

What is judged is the task's own process: when it handled the soft limit's signal, and when the
kernel saw it end. What its worker says about it is judged, not believed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from harness.checkers.attempts import Attempt, Numbered, attempts_of, told_by_main
from harness.checkers.conclusion import NS_PER_MS, Findings
from harness.checkers.moments import Span, disturbances, disturbed, quiet, watched
from harness.event import CHILD_EXITED, HARD_LIMIT, PUBLISHED, RESOURCE, SOFT_LIMIT, Event
from harness.history import History
from harness.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Limits:
    """What a task declares. Its message comes back only if late and not acknowledged then."""

    soft_s: float = 0  # 0: none
    hard_s: float = 0
    tolerance_ms: int = 2000
    acks_late: bool = False
    acks_on_timeout: bool = True


@dataclass(frozen=True, slots=True)
class TimeLimitsHold:
    """Limits count from the beginning of an attempt's body."""

    guarantee: ClassVar[str] = "time-limits-hold"
    tasks: Mapping[str, Limits] = field(default_factory=dict)  # by name

    def check(self, history: History) -> Verdict:
        """Judge; unknown when no declared task ever reached a limit."""
        found, seen = Findings(history), _Seen(history)
        counts = {"soft": 0, "hard": 0}
        attempts = attempts_of(history, self.tasks)
        limited = _hard_limits(attempts)
        for number, attempt in enumerate(attempts):
            limits = self.tasks[attempt.task.name]
            judgement = _Judgement(attempt, limits, seen, found, limited.get(number))
            soft, hard = judgement.soft(), judgement.hard()
            counts["soft"] += soft
            counts["hard"] += hard
            found.judged += soft or hard
        return found.verdict(
            self.guarantee,
            kept=f"The limits held for all {found.judged} tasks that reached one.",
            untested="None of the declared tasks reached a limit.",
            counts=counts,
        )


def _hard_limits(attempts: Sequence[Attempt]) -> dict[int, Numbered]:
    """Each hard limit told of, by the place of the attempt that met it.

    That is the oldest of its task that still went on there: a redelivery may run beside it.
    """
    told = {limit[0]: limit for each in attempts for limit in each.task.all(HARD_LIMIT)}
    owners: dict[int, Numbered] = {}
    for limit in sorted(told.values(), key=lambda each: each[1].mono):
        going_on = (
            number
            for number, attempt in enumerate(attempts)
            if number not in owners and _goes_on(attempt, limit[1])
        )
        if (owner := next(going_on, None)) is not None:
            owners[owner] = limit
    return owners


def _goes_on(attempt: Attempt, when: Event) -> bool:
    """Whether the attempt is of that event's task and node, and was not over by then."""
    here = (attempt.task.id, attempt.node) == (when.id, when.node)
    ended = attempt.end[1].mono if attempt.end and attempt.ended_itself else when.mono
    died = attempt.death[1].mono if attempt.death else when.mono
    return here and attempt.start[1].mono <= when.mono <= min(ended, died)


class _Seen:
    """What the history tells beyond the tasks themselves."""

    def __init__(self, history: History) -> None:
        self.end = watched(history).until
        self.quiet = quiet(history)
        self.faults = disturbances(history)
        # Children are watched where resources are sampled; elsewhere nobody tells of their end.
        self.children = any(e.type in (CHILD_EXITED, RESOURCE) for e in history)
        self._published: dict[str, list[Numbered]] = {}
        for line, event in history.numbered():
            parent = event.detail.get("parent") if event.type == PUBLISHED else None
            if parent:
                self._published.setdefault(parent, []).append((line, event))

    def published_by(self, attempt: Attempt, after: int) -> list[Numbered]:
        """What the task published from its node after a moment, its links and retries aside."""
        told = self._published.get(attempt.task.id, [])
        return [each for each in told if each[1].node == attempt.node and each[1].mono > after]


@dataclass(slots=True)
class _Judgement:
    """One attempt against its limits. Both answer whether it reached the limit."""

    attempt: Attempt
    limits: Limits
    seen: _Seen
    found: Findings
    limited: Numbered | None = None  # the hard limit that it met

    def soft(self) -> bool:
        if not self.limits.soft_s:
            return False
        raised = self._first(SOFT_LIMIT)
        if raised is None:
            return self._outlived(self.limits.soft_s, "soft")
        after = self._after(raised[1].mono)
        if after < self.limits.soft_s * 1000 - self.limits.tolerance_ms:
            self._break(f"had its soft limit of {self._s('soft')} after only {after} ms", raised)
        elif after > self.limits.soft_s * 1000 + self.limits.tolerance_ms:
            self._late(f"had its soft limit of {self._s('soft')} only after {after} ms", raised)
        return True

    def hard(self) -> bool:
        if not self.limits.hard_s:
            return False
        limited = self.limited
        if limited is None:
            return self._outlived(self.limits.hard_s, "hard")
        after = self._after(limited[1].mono)
        if after < self.limits.hard_s * 1000 - self.limits.tolerance_ms:
            self._break(f"met its hard limit of {self._s('hard')} after only {after} ms", limited)
        self._ends(limited)
        self._runs_no_more(limited)
        self._message(limited)
        return True

    def _outlived(self, limit_s: float, which: str) -> bool:
        """Whether it ran beyond a limit of which nothing was seen, and so broke it."""
        until = self.attempt.until
        ran = self._after(self.seen.end if until is None else until)
        if ran <= limit_s * 1000 + self.limits.tolerance_ms:
            return False
        end = self.attempt.end or self.attempt.death
        lines = [self.attempt.start[0], *([end[0]] if end else [])]
        sentence = (
            f"{self.attempt.task} ran for {ran} ms, beyond its {which} limit of {limit_s:g} s"
        )
        span = Span(self.attempt.start[1].mono, until or self.seen.end)
        self.found.late(f"{sentence}.", self.attempt.task.id, tuple(lines), span)
        return True

    def _ends(self, limited: Numbered) -> None:
        """Its process ends within the limit and the tolerance."""
        if not self.seen.children:
            missing = f"{self.attempt.task} met its hard limit; its process's end was not watched."
            self.found.doubt(missing, self.attempt.task.id, (limited[0],))
            return
        latest_ms = self.limits.hard_s * 1000 + self.limits.tolerance_ms
        death = self.attempt.death
        if death is None and self._after(self.seen.end) > latest_ms:
            self._break("met its hard limit, and its process lives on", limited)
        elif death and self._after(death[1].mono) > latest_ms:
            ended = f"its process ended only after {self._after(death[1].mono)} ms"
            self._late(f"has a hard limit of {self._s('hard')}, and {ended}", death)

    def _runs_no_more(self, limited: Numbered) -> None:
        """Nothing of this attempt happens once its limit is past."""
        past = limited[1].mono + self.limits.tolerance_ms * NS_PER_MS
        again = self.attempt.again[1].mono if self.attempt.again else self.seen.end + 1
        later = [
            each
            for each in (*self.attempt.task.events, *self.seen.published_by(self.attempt, past))
            if past < each[1].mono < again and self._is_own(each)
        ]
        if later:
            self._break(f"met its hard limit, and {later[0][1].type} later", limited, later[0])

    def _is_own(self, numbered: Numbered) -> bool:
        event = numbered[1]
        ends = event.type in ("succeeded", "failed", "retried", "published")
        mine = event.node == self.attempt.node and event.detail.get("pid", self.attempt.pid)
        return ends and mine == self.attempt.pid and not told_by_main(event, self.attempt.pid)

    def _message(self, limited: Numbered) -> None:
        """Its message is given back, or not, as declared."""
        back = self.limits.acks_late and not self.limits.acks_on_timeout
        again = self.attempt.again
        if again and again[1].mono < limited[1].mono:
            return  # it was redelivered before, for another reason
        if again and not back:
            since = min(event.mono for _, event in self.attempt.task.events)
            if disturbed(Span(since, again[1].mono), self.seen.faults):
                return  # what is acknowledged on a connection that is gone is not acknowledged
            self._break("met its hard limit, was acknowledged, and yet ran again", limited, again)
        elif back and again is None:
            said = f"{self.attempt.task} met its hard limit and must be given back"
            if self.seen.quiet:
                self._break("met its hard limit, and was never given back", limited)
            else:
                self.found.doubt(f"{said}; nobody waited.", self.attempt.task.id, (limited[0],))

    def _first(self, type_: str) -> Numbered | None:
        start, again = self.attempt.start[1], self.attempt.again
        until = again[1].mono if again else self.seen.end + 1
        here = (each for each in self.attempt.task.all(type_) if each[1].node == start.node)
        return next((each for each in here if start.mono <= each[1].mono < until), None)

    def _after(self, mono: int) -> int:
        return (mono - self.attempt.start[1].mono) // NS_PER_MS

    def _s(self, which: str) -> str:
        return f"{self.limits.soft_s if which == 'soft' else self.limits.hard_s:g} s"

    def _break(self, what: str, *seen: Numbered) -> None:
        lines = (self.attempt.start[0], *(line for line, _ in seen))
        self.found.break_(f"{self.attempt.task} {what}.", self.attempt.task.id, lines)

    def _late(self, what: str, seen: Numbered) -> None:
        span = Span(self.attempt.start[1].mono, seen[1].mono)
        lines = (self.attempt.start[0], seen[0])
        self.found.late(f"{self.attempt.task} {what}.", self.attempt.task.id, lines, span)
