"""Reduces what fails to the little that matters: delta debugging, with outcomes that may be flaky.

Each candidate is tried several times, the more often the more seldom the whole fails, and taken if
it fails at least half as often as the whole. A failure is always real, so the only mistake is to
miss one: then something is kept that could have gone. At the end the smallest is tried often, and
if it fails too seldom it gives way to the last that failed often enough.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import ceil
from typing import Final, TypeVar

from chaos.nemesis.schedule import Schedule, Step

Item = TypeVar("Item")
LEAD_S: Final = 0.5  # before the first fault, once everything is moved forward
AFTERWARDS_S: Final = 1.0
OPERATIONS_MIN: Final = 10
SHARE_MIN: Final = 0.5  # of the whole's rate, for a candidate to be taken


@dataclass(frozen=True, slots=True)
class Rate:
    """How often it failed, of how many tries that came to a verdict."""

    failed: int
    tries: int

    def __str__(self) -> str:
        return f"{self.failed} of {self.tries}"

    def __add__(self, other: "Rate") -> "Rate":
        return Rate(self.failed + other.failed, self.tries + other.tries)

    @property
    def share(self) -> float:
        """Between 0 and 1; of no tries nothing is known, so 0."""
        return self.failed / self.tries if self.tries else 0.0


def ddmin(items: Sequence[Item], fails: Callable[[tuple[Item, ...]], bool]) -> tuple[Item, ...]:
    """A subset that fails and of which no single item can be left out, as far as ``fails`` saw.

    Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input" (2002). ``items``
    themselves must fail.
    """
    kept, parts = tuple(items), 2
    while len(kept) > 1:
        chunks = list(_split(kept, parts))
        smaller = next((chunk for chunk in chunks if fails(chunk)), None)
        if smaller is not None:
            kept, parts = smaller, 2
            continue
        rests = (tuple(_without(chunks, i)) for i in range(len(chunks))) if parts > 2 else iter(())
        rest = next((rest for rest in rests if fails(rest)), None)
        if rest is not None:
            kept, parts = rest, max(parts - 1, 2)
        elif parts >= len(kept):
            return kept
        else:
            parts = min(len(kept), 2 * parts)
    return kept


@dataclass(slots=True)
class Shrinking:
    """Reduces one schedule. ``try_out`` applies one so many times.

    ``doing`` hears what is being tried, ``tell`` what came of it.
    """

    try_out: Callable[[Schedule, int], Rate]
    tries: int = 3  # for each candidate, if the whole fails always
    final_tries: int = 10
    doing: Callable[[str], None] = lambda _: None
    tell: Callable[[str], None] = lambda _: None
    _wanted: float = 0.0  # the share of failures for which a candidate is taken
    _seen: dict[str, bool] = field(default_factory=dict)
    _trail: list[Schedule] = field(default_factory=list)  # what failed, each smaller

    def reduce(self, schedule: Schedule) -> tuple[Schedule, Rate] | None:
        """The smallest schedule found that fails often, and how often; None if none does."""
        if not self._fails_at_all(schedule):
            return None
        steps = ddmin(schedule.steps, lambda steps: self._fails(schedule.with_steps(steps)))
        smallest = self._compacted(schedule.with_steps(steps))
        smallest = self._less_work(smallest)
        for candidate in reversed(self._trail):
            rate = self._tried(candidate, self.final_tries)
            if rate.share >= self._wanted:
                return candidate, rate
        return None

    def _fails_at_all(self, schedule: Schedule) -> bool:
        """Whether the whole does; and how often, which decides what is asked of candidates."""
        rate = self._tried(schedule, self.tries)
        if rate.failed < rate.tries and self.final_tries > self.tries:
            rate += self._tried(schedule, self.final_tries - self.tries)
        if not rate.failed:
            return False
        self._wanted = SHARE_MIN * rate.share
        self.tries = min(ceil(self.tries / rate.share), max(self.tries, self.final_tries))
        self._trail.append(schedule)
        return True

    def _tried(self, schedule: Schedule, times: int) -> Rate:
        self.doing(f"trying {described(schedule)}, {times} times")
        rate = self.try_out(schedule, times)
        self.tell(f"{described(schedule)}: fails {rate}")
        return rate

    def _compacted(self, schedule: Schedule) -> Schedule:
        sooner = compacted(schedule)
        return sooner if self._fails(sooner) else schedule

    def _less_work(self, schedule: Schedule) -> Schedule:
        while schedule.operations > OPERATIONS_MIN:
            fewer = max(OPERATIONS_MIN, schedule.operations // 2)
            smaller = replace(schedule, operations=fewer)
            if not self._fails(smaller):
                return schedule
            schedule = smaller
        return schedule

    def _fails(self, schedule: Schedule) -> bool:
        key = json.dumps(schedule.to_dict())
        if key not in self._seen:
            rate = self._tried(schedule, self.tries)
            self._seen[key] = rate.share >= self._wanted
            if self._seen[key]:
                self._trail.append(schedule)
        return self._seen[key]


def compacted(schedule: Schedule) -> Schedule:
    """The same faults with the time before, between and after them taken out.

    What overlapped still does, by as much.
    """
    moved: list[Step] = []
    shift, until = 0.0, 0.0
    for step in sorted(schedule.steps, key=lambda step: step.at_s):
        at = step.at_s - shift
        idle = at - (until + LEAD_S)
        if idle > 0:
            shift, at = shift + idle, at - idle
        until = max(until, at + step.for_s)
        moved.append(replace(step, at_s=round(at, 3)))
    duration = round(min(schedule.duration_s, until + AFTERWARDS_S), 3)
    share = duration / schedule.duration_s
    operations = max(OPERATIONS_MIN, round(schedule.operations * share))
    return replace(schedule, duration_s=duration, operations=operations, steps=tuple(moved))


def described(schedule: Schedule) -> str:
    """In a few words."""
    faults = f"{len(schedule.steps)} fault" + ("s" if len(schedule.steps) != 1 else "")
    return f"{faults} in {round(schedule.duration_s, 1):g} s, {schedule.operations} operations"


def _split(items: tuple[Item, ...], parts: int) -> Iterator[tuple[Item, ...]]:
    """So many chunks, as equal as they can be."""
    ends = [len(items) * i // parts for i in range(parts + 1)]
    return (items[start:end] for start, end in pairwise(ends) if end > start)


def _without(chunks: Sequence[tuple[Item, ...]], index: int) -> Iterator[Item]:
    return (item for i, chunk in enumerate(chunks) if i != index for item in chunk)
