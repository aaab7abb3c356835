"""Pairs the runs that were due with the runs that were sent, for one schedule."""

from bisect import bisect
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from harness.event import Event

SHIFT_SECONDS_MAX = 7200  # further from what was due, a run is not that one shifted
Line = tuple[int, Event]


@dataclass(frozen=True, slots=True)
class Run:
    """A run that was due, or sent: when (seconds since 1970), and the line that says so."""

    at: float
    line: int
    event: Event

    @property
    def optional(self) -> bool:
        """Whether it may be sent, and is not owed."""
        return bool(self.event.detail.get("optional"))


@dataclass(slots=True)
class Matching:
    """What became of a schedule's runs."""

    kept: list[tuple[Run, Run]] = field(default_factory=list)  # due, sent
    shifted: list[tuple[Run, Run]] = field(default_factory=list)
    doubled: list[tuple[Run, Run]] = field(default_factory=list)  # due (and kept), sent once more
    missed: list[Run] = field(default_factory=list)
    unexpected: list[Run] = field(default_factory=list)  # sent, although nothing was due


def run_of(line: int, event: Event) -> Run:
    """The run that an event tells of. Raises ValueError if its time is none."""
    return Run(datetime.fromisoformat(event.detail["at"]).timestamp(), line, event)


def match(due: Sequence[Run], sent: Sequence[Run]) -> Matching:
    """Pair both: on time first, then what is left over by the least distance.

    A run sent within the tolerance of one already paired is its double. Both are taken in the
    order of their times.
    """
    matching = Matching()
    due, left = sorted(due, key=_at), []
    sent = sorted(sent, key=_at)
    taken: dict[int, Run] = {}
    position = 0
    for run in sent:
        while position < len(due) and due[position].at + _tolerance(due[position]) < run.at:
            position += 1
        on_time = _on_time(due, position, run)
        free = next((i for i in on_time if i not in taken), None)
        if free is not None:
            taken[free] = run
            matching.kept.append((due[free], run))
        elif on_time:
            matching.doubled.append((due[on_time[0]], run))
        else:
            left.append(run)
    owing = [run for i, run in enumerate(due) if i not in taken and not run.optional]
    _pair_the_rest(matching, owing, left)
    return matching


def _on_time(due: Sequence[Run], position: int, run: Run) -> list[int]:
    found = []
    while position < len(due) and due[position].at - _tolerance(due[position]) <= run.at:
        found.append(position)
        position += 1
    return found


def _pair_the_rest(matching: Matching, owing: list[Run], left: list[Run]) -> None:
    distances = sorted(
        (abs(run.at - wanted.at), i, j)
        for j, wanted in enumerate(owing)
        for i, run in _near(left, wanted)
    )
    used_sent: set[int] = set()
    used_due: set[int] = set()
    for _, i, j in distances:
        if i not in used_sent and j not in used_due:
            used_sent.add(i)
            used_due.add(j)
            matching.shifted.append((owing[j], left[i]))
    matching.missed = [run for j, run in enumerate(owing) if j not in used_due]
    for run in (run for i, run in enumerate(left) if i not in used_sent):
        _count_extra(matching, run)


def _count_extra(matching: Matching, run: Run) -> None:
    """Sent without being due: once more for the run before it, if that is near; or for nothing."""
    before = bisect(matching.kept, run.at, key=_due_at)
    if before and run.at - matching.kept[before - 1][0].at <= SHIFT_SECONDS_MAX:
        matching.doubled.append((matching.kept[before - 1][0], run))
    else:
        matching.unexpected.append(run)


def _due_at(pair: tuple[Run, Run]) -> float:
    return pair[0].at


def _near(left: Sequence[Run], wanted: Run) -> list[tuple[int, Run]]:
    low, high = 0, len(left)
    while low < high:
        middle = (low + high) // 2
        if left[middle].at < wanted.at - SHIFT_SECONDS_MAX:
            low = middle + 1
        else:
            high = middle
    found = []
    while low < len(left) and left[low].at <= wanted.at + SHIFT_SECONDS_MAX:
        found.append((low, left[low]))
        low += 1
    return found


def _tolerance(run: Run) -> float:
    return float(run.event.detail["tolerance_s"])


def _at(run: Run) -> float:
    return run.at
