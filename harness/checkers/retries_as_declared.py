"""A task is retried as often, after such delays, and with such an end as it declares.

The delay asked for is what a retry's ETA says at the moment it is published; the delay kept is
when the next attempt began. That all processes of its worker were at work then makes no retry late.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from harness.checkers.conclusion import NS_PER_MS, Findings
from harness.checkers.full_pools import full_ns, full_pools
from harness.checkers.moments import Span, disturbances, disturbed
from harness.checkers.tasks import Task, eta_ns, tasks_of
from harness.event import FAILED, PUBLISHING, RETRIED, STARTED, SUCCEEDED, Event
from harness.history import History
from harness.verdict import Verdict

EARLY_MS = 50  # an ETA is of the wall clock, a beginning is judged by the monotonic one
# What ended a task that its body did not end: not the outcome of its retries.
CUT_OFF = ("WorkerLostError", "TimeLimitExceeded", "Terminated")


@dataclass(frozen=True, slots=True)
class Retries:
    """What a task declares: either an exponential ``backoff_s`` or a fixed ``countdown_s``."""

    max_retries: int
    backoff_s: float = 0  # doubles with each retry
    backoff_max_s: float = 600
    jitter: bool = False  # full: anything between nothing and the delay
    countdown_s: float = 0
    tolerance_ms: int = 1000
    final: Literal["", "failed", "succeeded"] = ""
    exception: str = ""  # the name of what makes it retry, and of its end if it fails

    def delay_ms(self, retries: int) -> tuple[float, float] | None:
        """The least and the greatest delay of a retry that has ``retries`` before it."""
        if self.backoff_s:
            delay = min(self.backoff_max_s, self.backoff_s * 2**retries) * 1000
            return (0 if self.jitter else delay, delay)
        return (self.countdown_s * 1000,) * 2 if self.countdown_s else None


@dataclass(frozen=True, slots=True)
class RetriesAsDeclared:
    """Judges every declared task that was retried or that ended."""

    guarantee: ClassVar[str] = "retries-as-declared"
    tasks: Mapping[str, Retries] = field(default_factory=dict)  # by name

    def check(self, history: History) -> Verdict:
        """Judge; unknown when no declared task was retried."""
        found, faults, full = Findings(history), disturbances(history), full_pools(history)
        counts = {"retries": 0, "failed": 0, "succeeded": 0}
        for task in tasks_of(history).values():
            if task.name in self.tasks and (retries := _retries(task)):
                judgement = _Judgement(task, self.tasks[task.name], found, faults, full)
                found.judged += 1
                counts["retries"] += len(retries)
                counts["failed"] += task.saw(FAILED)
                counts["succeeded"] += task.saw(SUCCEEDED)
                judgement.judge(retries)
        return found.verdict(
            self.guarantee,
            kept=f"All {found.judged} retried tasks kept count, delays and end.",
            untested="None of the declared tasks was retried.",
            counts=counts,
        )


def _retries(task: Task) -> list[tuple[int, Event]]:
    return [each for each in task.all(PUBLISHING) if each[1].detail.get("retries", 0) > 0]


@dataclass(slots=True)
class _Judgement:
    """One task against what it declares."""

    task: Task
    declared: Retries
    found: Findings
    faults: list[Span]
    full: Mapping[str, Sequence[Span]]  # by node, when all its processes were at work

    def judge(self, retries: list[tuple[int, Event]]) -> None:
        self._count()
        for line, published in retries:
            self._asked(line, published)
            self._kept(line, published)
        self._reasons()
        self._end()

    def _count(self) -> None:
        most = self.declared.max_retries
        over = [(line, e) for line, e in self._numbered() if e.detail.get("retries", 0) > most]
        if over:
            number = over[-1][1].detail["retries"]
            self._break(f"was retried {number} times (at most {most})", over[0][0], over[-1][0])

    def _asked(self, line: int, published: Event) -> None:
        """The delay asked for lies within its envelope."""
        envelope = self.declared.delay_ms(published.detail["retries"] - 1)
        if envelope is None:
            return
        asked, (low, high) = _asked_ms(published), envelope
        if not low - self.declared.tolerance_ms <= asked <= high + self.declared.tolerance_ms:
            wanted = f"{low:.0f}" if low == high else f"{low:.0f} to {high:.0f}"
            number = published.detail["retries"]
            self._break(f"asked for retry {number} after {asked:.0f} ms, not {wanted}", line)

    def _kept(self, line: int, published: Event) -> None:
        """The next attempt begins when it was asked to: not before, and not long after."""
        start = self._start_after(published)
        if start is None:
            return  # whether it is lost is another promise
        asked, tolerance = _asked_ms(published), self.declared.tolerance_ms
        waited = (start[1].mono - published.mono) / NS_PER_MS
        said = (
            f"{self.task} began retry {published.detail['retries']} after {waited:.0f} ms, "
            f"asked for after {asked:.0f}."
        )
        span = Span(published.mono, start[1].mono)
        if waited < asked - EARLY_MS:
            self.found.break_(said, self.task.id, (line, start[0]))
        elif waited - self._full_ms(start[1], span) > asked + tolerance and not disturbed(
            span, self.faults
        ):
            self.found.late(said, self.task.id, (line, start[0]), span)

    def _full_ms(self, start: Event, span: Span) -> float:
        return full_ns(span, self.full.get(start.node, ())) / NS_PER_MS

    def _start_after(self, published: Event) -> tuple[int, Event] | None:
        number = published.detail["retries"]
        starts = (each for each in self.task.all(STARTED) if each[1].detail["retries"] == number)
        return next((each for each in starts if each[1].mono >= published.mono), None)

    def _reasons(self) -> None:
        """The exception that makes it retry is the one declared."""
        for line, event in self.task.all(RETRIED):
            reason = event.detail.get("reason", "")
            if self.declared.exception not in reason:
                self._break(f"was retried for {reason!r}, not {self.declared.exception}", line)

    def _end(self) -> None:
        ends = self.task.all(SUCCEEDED, FAILED)
        if not ends or not self.declared.final:
            return
        line, end = ends[-1]
        exception = end.detail.get("exception", "")
        if exception.startswith(CUT_OFF):
            return
        if end.type != self.declared.final:
            self._break(f"{end.type}, though it must end {self.declared.final}", line)
        elif end.type == FAILED:
            self._exhausted(line, exception)

    def _exhausted(self, line: int, exception: str) -> None:
        """It failed after all its retries, and with the exception that made it retry."""
        made = max(e.detail.get("retries", 0) for _, e in self._numbered())
        if made < self.declared.max_retries:
            self._break(f"gave up after {made} retries of {self.declared.max_retries}", line)
        if not exception.startswith(self.declared.exception):
            self._break(f"failed with {exception!r}, not {self.declared.exception}", line)

    def _numbered(self) -> Iterator[tuple[int, Event]]:
        return (each for each in self.task.events if each[1].type in (PUBLISHING, STARTED))

    def _break(self, what: str, *lines: int) -> None:
        self.found.break_(f"{self.task} {what}.", self.task.id, lines)


def _asked_ms(published: Event) -> float:
    eta = eta_ns(published)
    return max(0.0, (eta - published.wall) / NS_PER_MS) if eta else 0.0
