"""A load's figures keep the limits that were set for them, exactly, by the whole history."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar, Final

from harness.checkers.conclusion import OTHERS_PERCENT_MAX, others_percent
from harness.checkers.no_task_lost import NoTaskLost
from harness.checkers.stages import TOTAL, Sample, StageClock
from harness.checkers.thresholds import PERCENT, Threshold, parse
from harness.event import INVOKE, OK, PHASE
from harness.history import History
from harness.operation import Operation, operations
from harness.verdict import Evidence, Outcome, Verdict, merge

#: What time has nothing to do with: no busy machine excuses it.
OF_THE_SYSTEM: Final = ("lost", "failed", "refused")
# Phases of a load: it is loaded, and the generators have ended.
LOAD: Final = "load"
REST: Final = "rest"


@dataclass(frozen=True, slots=True)
class MeetsThresholds:
    """Valid if each limit is kept; unknown if one has nothing to be measured by."""

    guarantee: ClassVar[str] = "meets-thresholds"
    limits: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()  # names of tasks that are not load, background ones
    queues: tuple[str, ...] = ()  # as of `no-task-lost`

    def check(self, history: History) -> Verdict:
        """Judge each limit over the whole history; the rate over the load phase."""
        if not self.limits:
            return Verdict(self.guarantee, Outcome.UNKNOWN, "No threshold was set.")
        figures = Figures.of(history, self.ignore, self.queues)
        others = others_percent(history, *(load_phase(history) or (0, 0)))
        judged = [_judge(parse(text), figures, others) for text in self.limits]
        broken = [sentence for outcome, sentence in judged if outcome is not Outcome.VALID]
        summary = "; ".join(sentence for _, sentence in judged) + "."
        evidence = tuple(Evidence(f"{sentence}.") for sentence in broken)
        counts = {"thresholds": len(judged), "broken": len(broken)} | figures.counts()
        outcome = merge(outcome for outcome, _ in judged)
        return Verdict(self.guarantee, outcome, summary, counts, evidence)


@dataclass(slots=True)
class Figures:
    """What a load came to."""

    history: History
    ignore: tuple[str, ...]
    queues: tuple[str, ...] = ()
    samples: dict[tuple[str, str], list[int]] = field(default_factory=dict)  # (stage, task) -> ns
    ended: int = 0
    failed: int = 0
    asked: int = 0  # operations meant to be asked for, missed ones included
    missed: int = 0
    refused: int = 0  # operations that were not accepted, or of which nobody knows
    accepted: int = 0  # of those meant at a certain time: accepted while the load lasted
    scheduled: int = 0  # meant at a certain time
    seconds: float = 0.0  # how long the load lasted

    @classmethod
    def of(
        cls, history: History, ignore: tuple[str, ...], queues: tuple[str, ...] = ()
    ) -> "Figures":
        """The figures of a history."""
        figures = cls(history, ignore, queues)
        clock = StageClock(ignore)
        for event in history:
            for sample in clock.take(event):
                figures._add(sample)
        figures._operations()
        return figures

    def value(self, threshold: Threshold) -> float | None:
        """The threshold's metric in seconds or as a number; None if nothing was measured."""
        if threshold.statistic:
            measured = self._measured(threshold)
            return _statistic(threshold.statistic, measured) / 1e9 if measured else None
        relative = threshold.unit == PERCENT
        values: dict[str, Callable[[], float | None]] = {
            "lost": self._lost,
            "failed": lambda: self._share(self.failed, self.ended, relative),
            "missed": lambda: self._share(self.missed, self.asked, relative),
            "refused": lambda: self._share(self.refused, self.asked, relative),
            "rate": lambda: self._share(self.accepted, self.scheduled, True),
            "throughput": lambda: self.ended / self.seconds if self.seconds else None,
        }
        return values[threshold.metric]()

    def counts(self) -> dict[str, int]:
        """What was counted."""
        return {
            "asked": self.asked,
            "missed": self.missed,
            "refused": self.refused,
            "ended": self.ended,
            "failed": self.failed,
        }

    def _add(self, sample: Sample) -> None:
        self.samples.setdefault((sample.stage, sample.task), []).append(sample.ns)
        if sample.stage == TOTAL:
            self.ended += 1
            self.failed += sample.error is not None

    def _operations(self) -> None:
        begun, ended = load_phase(self.history) or (0, 0)
        self.seconds = (ended - begun) / 1e9
        due = {e.id: e.detail for e in self.history if e.type == INVOKE and "due" in e.detail}
        for operation in operations(self.history.numbered()).values():
            self.asked += 1
            self.refused += operation.outcome != OK
            if operation.id in due:
                self.scheduled += 1
                self.missed += bool(due[operation.id].get("missed"))
                self.accepted += _accepted_by(ended, operation)

    def _measured(self, threshold: Threshold) -> list[int]:
        wanted = [
            values
            for (stage, task), values in self.samples.items()
            if stage == threshold.metric and threshold.task in ("", task)
        ]
        return sorted(value for values in wanted for value in values)

    def _lost(self) -> float | None:
        verdict = NoTaskLost(self.ignore, self.queues).check(self.history)
        # Unknown with tasks outstanding: nobody waited for them, so nobody can count.
        known = verdict.outcome is not Outcome.UNKNOWN
        return float(verdict.counts["lost"]) if known else None

    @staticmethod
    def _share(part: int, whole: int, relative: bool) -> float | None:
        if not whole:
            return None
        return 100.0 * part / whole if relative else float(part)


def _judge(threshold: Threshold, figures: Figures, others: int) -> tuple[Outcome, str]:
    value = figures.value(threshold)
    if value is None:
        return Outcome.UNKNOWN, f"{threshold.text}: nothing was measured"
    said = f"{threshold.text}: {threshold.shown(value)}"
    if threshold.holds(value):
        return Outcome.VALID, said
    if threshold.metric in OF_THE_SYSTEM or others <= OTHERS_PERCENT_MAX:
        return Outcome.INVALID, said
    # Slow is not guilty on a machine that others keep busy.
    return Outcome.UNKNOWN, f"{said}, but other work took {others} % of the machine"


def _statistic(name: str, ordered: list[int]) -> float:
    if name == "mean":
        return sum(ordered) / len(ordered)
    share = {"min": 0.0, "max": 100.0}.get(name) if name in ("min", "max") else float(name[1:])
    assert share is not None
    # The nearest rank: the smallest value that so many percent do not exceed.
    return ordered[max(0, math.ceil(share / 100 * len(ordered)) - 1)]


def load_phase(history: History) -> tuple[int, int] | None:
    """When the load began and ended, monotonic ns; None if there was no load."""
    phases = [event for event in history if event.type == PHASE]
    begun = next((event.mono for event in phases if event.name == LOAD), None)
    if begun is None:
        return None
    # Loaded several times by hand: the last rest ends it.
    rests = [event.mono for event in phases if event.name == REST and event.mono > begun]
    return begun, rests[-1] if rests else max(event.mono for event in history)


def _accepted_by(ended: int, operation: Operation) -> bool:
    completed = operation.completed_at
    return operation.outcome == OK and completed is not None and completed <= ended
