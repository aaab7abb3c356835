"""After the last fault heals, work succeeds again and the queues empty, both within a bound."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, NamedTuple

from harness.checkers.conclusion import NS_PER_MS, OTHERS_PERCENT_MAX, others_percent
from harness.checkers.moments import redelivery_blocked
from harness.checkers.queues import first_empty, samples
from harness.checkers.tasks import Task, tasks_of
from harness.event import FAULT_HEALED, PUBLISHED, SUCCEEDED, TERMINAL, Event
from harness.history import History
from harness.verdict import Evidence, Outcome, Verdict, merge


class Finding(NamedTuple):
    """One of the two measurements; ``ms`` is None while the thing was never seen."""

    outcome: Outcome
    sentence: str
    ms: int | None = None
    line: int | None = None  # where it was seen


@dataclass(frozen=True, slots=True)
class RecoversWithin:
    """Both times count from the last ``fault-healed`` event, by the monotonic clock."""

    guarantee: ClassVar[str] = "recovers-within"
    first_success_ms_max: int = 10_000
    empty_queue_ms_max: int = 60_000
    others_percent_max: int = OTHERS_PERCENT_MAX
    ignore: tuple[str, ...] = ()  # names of tasks that prove no recovery, background ones

    def check(self, history: History) -> Verdict:
        """Judge; unknown without a heal, without work outstanding, or without samples."""
        heals = [each for each in history.numbered() if each[1].type == FAULT_HEALED]
        if not heals:
            nothing = "No fault was healed, so there was nothing to recover from."
            return Verdict(self.guarantee, Outcome.UNKNOWN, nothing)
        line, heal = heals[-1]
        success = self._first_success(history, heal.mono)
        empty = self._empty_queue(history, heal.mono)
        findings = {"first_success_ms": success, "empty_queue_ms": empty}
        verdict = Verdict(
            self.guarantee,
            merge(each.outcome for each in findings.values()),
            f"After the last fault healed {success.sentence}, and {empty.sentence}.",
            {name: each.ms for name, each in findings.items() if each.ms is not None},
            tuple(_evidence(each, line) for each in findings.values() if not _kept(each)),
        )
        blocked = redelivery_blocked(history)
        if blocked and blocked.until > heal.mono:
            return _unless_blocked(verdict, (blocked.until - max(blocked.since, heal.mono)))
        return self._unless_busy(verdict, others_percent(history, heal.mono))

    def _unless_busy(self, verdict: Verdict, others: int) -> Verdict:
        """A conviction for slowness needs a machine that was the target's own."""
        if verdict.outcome is not Outcome.INVALID or others <= self.others_percent_max:
            return verdict
        busy = (
            f"{verdict.summary} But meanwhile other work took {others} % of the machine "
            f"(at most {self.others_percent_max}), so nobody can say whose fault that is."
        )
        counts = {**verdict.counts, "others_percent": others}
        return replace(verdict, outcome=Outcome.UNKNOWN, summary=busy, counts=counts)

    def _first_success(self, history: History, healed: int) -> Finding:
        judged = [task for task in tasks_of(history).values() if task.name not in self.ignore]
        waiting = _waiting_since(judged, healed)
        if waiting is None:
            return Finding(Outcome.UNKNOWN, "no task was outstanding")
        successes = ((line, e) for task in judged for line, e in task.all(SUCCEEDED))
        first = _first(each for each in successes if each[1].mono > healed)
        limit = self.first_success_ms_max
        return _finding("a task succeeded", first, waiting, limit, history)

    def _empty_queue(self, history: History, healed: int) -> Finding:
        sampled = samples(history)
        if not any(event.mono > healed for _, event in sampled):
            return Finding(Outcome.UNKNOWN, "no queue was sampled")
        first = first_empty(sampled, healed)
        return _finding("the queues were empty", first, healed, self.empty_queue_ms_max, history)


def _unless_blocked(verdict: Verdict, blocked_ns: int) -> Verdict:
    """A kill that met a worker in its sweep, one of a thousand, tells of kombu alone."""
    if verdict.outcome is not Outcome.INVALID:
        return verdict
    ms = blocked_ns // NS_PER_MS
    why = (
        f"{verdict.summary} But a worker was killed with kombu's unacked_mutex in its hands, which "
        f"kept all others from redelivering for {ms} ms: kombu's unacked_mutex_expire bounds that."
    )
    counts = {**verdict.counts, "blocked_ms": ms}
    return replace(verdict, outcome=Outcome.UNKNOWN, summary=why, counts=counts)


def _waiting_since(judged: list[Task], healed: int) -> int | None:
    """The heal if work was outstanding then, else the first publication after it, else None."""
    published = [(task, e.mono) for task in judged for _, e in task.all(PUBLISHED)]
    if any(mono <= healed and not _finished_by(healed, task) for task, mono in published):
        return healed
    return min((mono for _, mono in published if mono > healed), default=None)


def _finished_by(time: int, task: Task) -> bool:
    return any(event.type in TERMINAL and event.mono <= time for _, event in task.events)


def _first(numbered: Iterator[tuple[int, Event]]) -> tuple[int, Event] | None:
    return min(numbered, key=lambda each: each[1].mono, default=None)


def _finding(
    what: str, seen: tuple[int, Event] | None, since: int, limit_ms: int, history: History
) -> Finding:
    if seen is None:
        watched = (max(event.mono for event in history) - since) // NS_PER_MS
        if watched <= limit_ms:
            short = f"it was watched for {watched} ms only, too short to say whether {what}"
            return Finding(Outcome.UNKNOWN, f"{short} within {limit_ms} ms")
        return Finding(Outcome.INVALID, f"it was never seen within {watched} ms that {what}")
    ms = max(0, seen[1].mono - since) // NS_PER_MS
    outcome = Outcome.VALID if ms <= limit_ms else Outcome.INVALID
    return Finding(outcome, f"{what} within {ms} ms (at most {limit_ms})", ms, seen[0])


def _kept(finding: Finding) -> bool:
    return finding.outcome is Outcome.VALID


def _evidence(finding: Finding, heal: int) -> Evidence:
    lines = (heal,) if finding.line is None else tuple(sorted({heal, finding.line}))
    return Evidence(f"After the last fault healed {finding.sentence}.", None, lines)
