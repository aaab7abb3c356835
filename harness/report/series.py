"""A scenario's history as the series of its time line: rates, backlog, faults, phases, exits."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from harness.event import (
    FAULT_EFFECTIVE,
    FAULT_HEALED,
    FAULT_INJECTED,
    NODE_EXITED,
    OK,
    PHASE,
    SAMPLE,
    TERMINAL,
    Event,
)
from harness.history import History

NANOSECONDS: Final = 1_000_000_000
BINS_MAX: Final = 90
BIN_S_MIN: Final = 0.25
BACKLOG_POINTS_MAX: Final = 400


@dataclass(frozen=True, slots=True)
class Window:
    """One injection; times in seconds since the scenario's start."""

    label: str
    start_s: float
    end_s: float  # the scenario's end if never healed
    healed: bool
    effective_s: float | None


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase, in seconds since the scenario's start."""

    name: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class NodeExit:
    """A node that ended before its time; ``expected`` if a fault did it."""

    node: str
    at_s: float
    expected: bool


@dataclass(frozen=True, slots=True)
class Series:
    """Everything a time line draws. Rates are per second, one per bin, bins equally wide."""

    duration_s: float
    accepted: tuple[float, ...]  # operations the system accepted, per second
    finished: tuple[float, ...]  # tasks that ended (in whatever way), per second
    backlog: tuple[tuple[float, int], ...]  # (seconds, messages ready or unacknowledged)
    windows: tuple[Window, ...]
    phases: tuple[Phase, ...]
    exits: tuple[NodeExit, ...]

    @property
    def edges(self) -> tuple[float, ...]:
        """The bins' borders in seconds, one more than there are bins."""
        bins = len(self.accepted)
        return tuple(self.duration_s * i / bins for i in range(bins + 1))


def series(history: History) -> Series | None:
    """The series of one scenario's history; none if it holds no event."""
    if not len(history):
        return None
    # Writers are many, so the order of lines is only nearly that of time.
    zero = history.events[0].mono
    timed = sorted(
        ((max(0.0, (event.mono - zero) / NANOSECONDS), event) for event in history),
        key=lambda pair: pair[0],
    )
    # Less than a second is drawn as a second: rates over less would mean nothing.
    duration = max(1.0, timed[-1][0])
    bins = max(1, min(BINS_MAX, int(duration / BIN_S_MIN)))
    return Series(
        duration_s=duration,
        accepted=_rates((at for at, e in timed if e.type == OK), duration, bins),
        finished=_rates((at for at, e in timed if e.type in TERMINAL), duration, bins),
        backlog=_thinned(_backlog(timed), duration),
        windows=_windows(timed, duration),
        phases=_phases(timed, duration),
        exits=_exits(timed),
    )


Timed = Sequence[tuple[float, Event]]


def _rates(times_s: Iterable[float], duration_s: float, bins: int) -> tuple[float, ...]:
    counts = [0] * bins
    for at in times_s:
        counts[min(bins - 1, int(at / duration_s * bins))] += 1
    return tuple(count * bins / duration_s for count in counts)


def _backlog(timed: Timed) -> list[tuple[float, int]]:
    queues: dict[str, int] = {}
    points: list[tuple[float, int]] = []
    for at, event in timed:
        if event.type == SAMPLE:
            detail = event.detail
            queues[event.id] = int(detail.get("ready", 0)) + int(detail.get("unacked", 0))
            points.append((at, sum(queues.values())))
    return points


def _thinned(points: list[tuple[float, int]], duration_s: float) -> tuple[tuple[float, int], ...]:
    """At most so many points, the highest of each slot: a peak must not be thinned away."""
    highest: dict[int, tuple[float, int]] = {}
    for at, messages in points:
        slot = int(at / duration_s * (BACKLOG_POINTS_MAX - 1))
        if slot not in highest or messages >= highest[slot][1]:
            highest[slot] = (at, messages)
    kept = list(highest.values())
    return tuple(kept if kept[-1:] == points[-1:] else [*kept, points[-1]])


def _windows(timed: Timed, duration_s: float) -> tuple[Window, ...]:
    effective = _first(timed, FAULT_EFFECTIVE)
    healed = _first(timed, FAULT_HEALED)
    return tuple(
        Window(
            label=f"{event.name} {event.detail.get('target', '')}".strip(),
            start_s=at,
            end_s=healed.get(event.id, duration_s),
            healed=event.id in healed,
            effective_s=effective.get(event.id),
        )
        for at, event in timed
        if event.type == FAULT_INJECTED
    )


def _first(timed: Timed, type_: str) -> dict[str, float]:
    return {event.id: at for at, event in reversed(timed) if event.type == type_}


def _phases(timed: Timed, duration_s: float) -> tuple[Phase, ...]:
    starts = [(at, event.name) for at, event in timed if event.type == PHASE]
    borders = [at for at, _ in starts] + [duration_s]
    return tuple(Phase(name, at, end) for (at, name), end in zip(starts, borders[1:], strict=True))


def _exits(timed: Timed) -> tuple[NodeExit, ...]:
    return tuple(
        NodeExit(event.id, at, bool(event.detail.get("expected", False)))
        for at, event in timed
        if event.type == NODE_EXITED
    )
