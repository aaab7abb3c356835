"""A worker that is asked to end leaves nothing behind.

Warm: it finishes what it runs. Soft and cold: what it could not finish goes back to its queue.
Always: what it had only received goes back too, and what it finished is not done again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from harness.checkers.attempts import Attempt, Numbered, attempts_of
from harness.checkers.conclusion import NS_PER_MS, Findings
from harness.checkers.moments import Span, quiet, watched
from harness.checkers.tasks import Task, tasks_of
from harness.event import NODE_EXITED, RECEIVED, REVOKED, SHUTTING_DOWN, SUCCEEDED
from harness.history import History
from harness.verdict import Verdict

# A worker cuts off its tasks before it announces its cold shutdown; and what ended just before a
# shutdown may not have been acknowledged yet.
CUT_OFF_NS = 2_000_000_000
# A message is counted from when the broker gave it, and received is told a little later.
VISIBLE_SLACK_NS = 500_000_000


@dataclass(frozen=True, slots=True)
class ShutdownInOrder:
    """Judges every shutdown that a worker announced. Its exit ends it."""

    guarantee: ClassVar[str] = "shutdown-in-order"
    # How soon what went back must be received again; 0: whenever. Below the visibility timeout
    # it tells a message that was given back from one that was only found missing.
    returned_ms_max: int = 0
    # A broker gives what is unacknowledged for so long to whoever asks, so that it is done again
    # whatever the worker did; 0: this broker does not.
    visible_ms: int = 0
    acks_early: tuple[str, ...] = ()  # names of tasks that a cold shutdown may cut off for good
    ignore: tuple[str, ...] = ()  # names of tasks that nobody waits for

    def check(self, history: History) -> Verdict:
        """Judge; unknown without a shutdown, or when the worker had nothing to do then."""
        found, over = Findings(history), quiet(history)
        counts = {"shutdowns": 0, "finished": 0, "returned": 0}
        tasks = [t for t in tasks_of(history).values() if t.name not in self.ignore]
        attempts = [a for a in attempts_of(history) if a.task.name not in self.ignore]
        for asked, exited in _shutdowns(history):
            counts["shutdowns"] += 1
            shutdown = _Shutdown(self, asked, exited, over, found, counts)
            if exited is None:
                shutdown.not_seen(watched(history).until)
                continue
            for attempt in attempts:
                shutdown.judge_attempt(attempt)
            for task in tasks:
                shutdown.judge_received(task)
        return found.verdict(
            self.guarantee,
            kept=f"{counts['shutdowns']} shutdowns: {counts['finished']} tasks were finished, "
            f"{counts['returned']} went back to their queue.",
            untested="No worker was asked to end while it had something to do.",
            counts=counts,
        )


def _shutdowns(history: History) -> Iterator[tuple[Numbered, Numbered | None]]:
    """Each first request to end, with the exit that followed."""
    exits = [each for each in history.numbered() if each[1].type == NODE_EXITED]
    seen: set[tuple[str, int]] = set()
    for line, asked in history.numbered():
        if asked.type != SHUTTING_DOWN or (asked.id, asked.detail["pid"]) in seen:
            continue
        seen.add((asked.id, asked.detail["pid"]))
        later = (e for e in exits if e[1].id == asked.id and e[1].mono >= asked.mono)
        yield (line, asked), next(later, None)


@dataclass(slots=True)
class _Shutdown:
    """One shutdown, and what the worker had in its hands."""

    promise: ShutdownInOrder
    asked: Numbered
    exited: Numbered | None
    over: bool
    found: Findings
    counts: dict[str, int]

    def not_seen(self, end: int) -> None:
        node, mono = self.asked[1].id, self.asked[1].mono
        waited = (end - mono) // NS_PER_MS
        said = f"{node} was asked to end, and had not ended {waited} ms later."
        self.found.doubt(said, None, (self.asked[0],))

    def judge_attempt(self, attempt: Attempt) -> None:
        """What it ran when it was asked to end, or had ended just before."""
        if attempt.node != self.asked[1].id:
            return
        if not self._ran(attempt):
            self._done_again(attempt)
            return
        ended = attempt.ended_itself or _revoked(attempt)
        if ended and attempt.until is not None and attempt.until <= self._gone():
            self._finished(attempt)
        elif self._is_warm():
            self.found.judged += 1
            self._break(f"was cut off by a warm shutdown of {attempt.node}", attempt)
        elif attempt.task.name not in self.promise.acks_early:
            self._returned(attempt.task, attempt.again, attempt.start)

    def judge_received(self, task: Task) -> None:
        """What it had received and not begun."""
        here = [e for e in task.all(RECEIVED) if e[1].node == self.asked[1].id]
        last = max((e for e in here if e[1].mono <= self._gone()), key=_mono, default=None)
        if last is None:
            return
        later = [e for e in task.events if e[1].mono >= last[1].mono and e != last]
        if any(_mono(e) <= self._gone() and e[1].type != "published" for e in later):
            return  # it began, or ended, or went elsewhere meanwhile
        later = [e for e in later if _mono(e) > self._gone() and e[1].type == RECEIVED]
        self._returned(task, min(later, key=_mono, default=None), last)

    def _ran(self, attempt: Attempt) -> bool:
        """Whether it was running at some moment of the shutdown."""
        until = attempt.until
        margin = 0 if attempt.ended_itself else CUT_OFF_NS
        asked = self.asked[1].mono - margin
        return attempt.start[1].mono <= self._gone() and (until is None or until >= asked)

    def _finished(self, attempt: Attempt) -> None:
        self.found.judged += 1
        self.counts["finished"] += 1
        self._done_again(attempt)

    def _done_again(self, attempt: Attempt) -> None:
        """What succeeded at the very end is acknowledged before the worker goes."""
        end, again = attempt.end, attempt.again
        if not (end and again) or end[1].type != SUCCEEDED or again[1].mono < self._gone():
            return
        if not self.asked[1].mono - CUT_OFF_NS <= end[1].mono <= self._gone():
            return
        if self._outlasted(attempt, end[1].mono):
            self.found.doubt(
                f"{attempt.task} was in hand for longer than its visibility timeout, so that the "
                "broker gave it away: its being done again tells nothing of the shutdown.",
                attempt.task.id,
                (attempt.start[0], end[0], again[0]),
            )
            return
        self._break(f"succeeded as {attempt.node} shut down, and was done again", attempt)

    def _outlasted(self, attempt: Attempt, end: int) -> bool:
        """Whether the broker may have given it away before it ended."""
        here = (e[1].mono for e in attempt.task.all(RECEIVED) if e[1].node == attempt.node)
        begun = attempt.start[1].mono
        taken = max((mono for mono in here if mono <= begun), default=begun)
        visible = self.promise.visible_ms * NS_PER_MS
        return bool(visible) and end - taken >= visible - VISIBLE_SLACK_NS

    def _returned(self, task: Task, back: Numbered | None, seen: Numbered) -> None:
        node, bound = self.asked[1].id, self.promise.returned_ms_max
        lines = (
            seen[0],
            *((self.exited[0],) if self.exited else ()),
            *((back[0],) if back else ()),
        )
        if back is None and not self.over and not task.finished:
            self.found.doubt(
                f"{task} had not come back from {node}; nobody waited.", task.id, lines
            )
            return
        self.found.judged += 1
        if back is None:
            lost = f"{task} was in the hands of {node} when it shut down, and never came back."
            self.found.break_(lost, task.id, lines)
            return
        self.counts["returned"] += 1
        span = Span(self._gone(), _mono(back))
        if bound and span.length > bound * NS_PER_MS:
            slow = f"{task} came back from {node} only after {span.length // NS_PER_MS} ms"
            self.found.late(f"{slow} (at most {bound}).", task.id, lines, span)

    def _is_warm(self) -> bool:
        return bool(self.asked[1].detail["how"] == "warm")

    def _gone(self) -> int:
        assert self.exited
        return self.exited[1].mono

    def _break(self, what: str, attempt: Attempt) -> None:
        seen = (attempt.start, attempt.end, self.asked, self.exited, attempt.again)
        lines = tuple(each[0] for each in seen if each)
        self.found.break_(f"{attempt.task} {what}.", attempt.task.id, lines)


def _revoked(attempt: Attempt) -> bool:
    return attempt.end is not None and attempt.end[1].type == REVOKED


def _mono(numbered: Numbered) -> int:
    return numbered[1].mono
