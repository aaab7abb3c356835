"""How a load fares, while it does: HDR histograms by stage and task, and by second.

The history's events are followed from a cursor, on a thread of this module's own, so that neither
the recorder nor whoever asks has to wait.
"""

import threading
import time
from array import array
from dataclasses import dataclass, field
from typing import Any, Final, Self

from hdrh.histogram import HdrHistogram

from harness import event as e
from harness.checkers.stages import TOTAL, Sample, StageClock
from harness.event import Event
from harness.recorder import Recorder
from load.control.table import Table

US: Final = 1000  # histograms count in microseconds
HIGHEST_US: Final = 3_600_000_000  # an hour
DIGITS: Final = 3
PERIOD_SECONDS: Final = 0.25
KEPT_SECONDS: Final = 600
PERCENTILES: Final = (50.0, 95.0, 99.0)


def histogram() -> HdrHistogram:
    """An empty one, from 1 us to an hour, to three digits."""
    return HdrHistogram(1, HIGHEST_US, DIGITS)


@dataclass(slots=True)
class Second:
    """What one second of the monotonic clock held."""

    published: int = 0
    ended: int = 0
    depth: int | None = None  # messages in all queues, taken and not acknowledged ones too
    totals_us: "array[int]" = field(default_factory=lambda: array("Q"))


class Timings:
    """Follows a recorder. Everything public may be called from any thread."""

    def __init__(self, recorder: Recorder, background: frozenset[str]) -> None:
        self.table = Table()
        self._recorder = recorder
        self._background = background
        self._clock = StageClock(background)
        self._cursor = len(recorder.events)
        self._histograms: dict[tuple[str, str], HdrHistogram] = {}
        self._seconds: dict[int, Second] = {}  # by the monotonic clock
        self._waiting: dict[str, int] = {}  # taken by the broker, not begun: id -> since when
        self._begun: set[str] = set()  # begun before their publisher told that they were taken
        self._depths: dict[str, int] = {}  # by queue
        self._lock = threading.RLock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="timings", daemon=True)

    def start(self) -> Self:
        """Begin to follow."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Follow no more, having read everything up to now."""
        self._stopping.set()
        self._thread.join()
        self.catch_up()

    def catch_up(self) -> None:
        """Read the events that came since the last time."""
        with self._lock:
            events = self._recorder.events[self._cursor :]
            self._cursor += len(events)
            for event in events:
                self._take(event)

    def rows(self, arrived: int) -> dict[str, Any]:
        """Batches for Locust's table."""
        with self._lock:
            self.catch_up()
            return self.table.fetch(arrived)

    def oldest_seconds(self) -> float:
        """For how long the oldest message has been waiting; 0 for none."""
        with self._lock:
            oldest = next(iter(self._waiting.values()), None)
        return 0.0 if oldest is None else (time.monotonic_ns() - oldest) / 1e9

    @property
    def waiting(self) -> int:
        """How many messages wait, as far as probes tell."""
        return len(self._waiting)

    def series(self) -> list[dict[str, Any]]:
        """By second: tasks in and out, and percentiles of their total, in ms."""
        with self._lock:
            if not self._seconds:
                return []
            # Seconds in which nothing happened are shown too.
            now = time.monotonic_ns() // 10**9
            first = max(min(self._seconds), now - KEPT_SECONDS)
            nothing = Second()
            return [_shown(at, self._seconds.get(at, nothing)) for at in range(first, now)]

    def summary(self) -> list[dict[str, Any]]:
        """By stage and task: how many, and percentiles in ms."""
        with self._lock:
            return [
                {"stage": stage, "task": task, **_figures(found)}
                for (stage, task), found in sorted(self._histograms.items())
            ]

    def figures(self, stage: str) -> dict[str, float]:
        """Count and percentiles in ms of one stage, of all tasks."""
        merged = histogram()
        with self._lock:
            for (each, _), found in self._histograms.items():
                if each == stage:
                    merged.add(found)
        return _figures(merged)

    def _follow(self) -> None:
        while not self._stopping.wait(PERIOD_SECONDS):
            self.catch_up()

    def _take(self, event: Event) -> None:
        self._count(event)
        for sample in self._clock.take(event):
            # When it ended, by the wall clock of the event that told of it.
            self.table.add(sample, (event.wall + sample.at - event.mono) // 10**9)
            self._measure(sample)

    def _measure(self, sample: Sample) -> None:
        key = (sample.stage, sample.task)
        if key not in self._histograms:
            self._histograms[key] = histogram()
        us = min(HIGHEST_US, max(1, sample.ns // US))
        self._histograms[key].record_value(us)
        if sample.stage == TOTAL:
            self._second(sample.at).totals_us.append(us)

    def _count(self, event: Event) -> None:
        if event.type == e.SAMPLE:
            self._depths[event.id] = event.detail["ready"] + event.detail["unacked"]
            self._second(event.mono).depth = sum(self._depths.values())
        if event.name in self._background:
            return
        if event.type == e.PUBLISHED:
            self._second(event.mono).published += 1
            if event.id in self._begun:
                self._begun.discard(event.id)
            elif not event.detail.get("eta"):
                self._waiting[event.id] = event.mono
        elif event.type == e.STARTED:
            if self._waiting.pop(event.id, None) is None and not event.detail.get("retries"):
                self._begun.add(event.id)
        elif event.type in e.TERMINAL:
            self._second(event.mono).ended += 1

    def _second(self, mono: int) -> Second:
        at = mono // 10**9
        if at not in self._seconds:
            self._seconds[at] = Second()
            if len(self._seconds) > 2 * KEPT_SECONDS:
                oldest = max(self._seconds) - KEPT_SECONDS
                self._seconds = {s: kept for s, kept in self._seconds.items() if s >= oldest}
        return self._seconds[at]


def _shown(at: int, second: Second) -> dict[str, Any]:
    totals = sorted(second.totals_us)
    shown = {
        f"p{int(p)}": totals[min(len(totals) - 1, int(len(totals) * p / 100))] / 1000
        for p in PERCENTILES
        if totals
    }
    return {"at": at, "in": second.published, "out": second.ended, "depth": second.depth, **shown}


def _figures(found: HdrHistogram) -> dict[str, float]:
    count = found.get_total_count()
    if not count:
        return {"count": 0}
    percentiles = {
        f"p{p:g}_ms": found.get_value_at_percentile(p) / 1000 for p in (50, 90, 95, 99, 99.9)
    }
    mean, highest = found.get_mean_value() / 1000, found.get_max_value() / 1000
    return {"count": count, "mean_ms": round(mean, 3), **percentiles, "max_ms": highest}
