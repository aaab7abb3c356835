"""Rows for Locust's own table, made from the history: a request type for each stage.

Locust's process fetches them in batches and adds them to its statistics, as a master does with
what its workers report. A batch is kept until the next request shows that it has arrived.
"""

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from harness.checkers.stages import DELAY, Sample

NS_PER_MS = 1_000_000
DIGITS = 3  # of a response time, so that there are few different ones


@dataclass(slots=True)
class Row:
    """One stage of one task since the last batch; times in ms."""

    count: int = 0
    failures: int = 0
    total_ms: float = 0.0
    min_ms: float = math.inf
    max_ms: float = 0.0
    times_ms: Counter[float] = field(default_factory=Counter)
    by_second: Counter[int] = field(default_factory=Counter)  # of the wall clock
    failures_by_second: Counter[int] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)

    def add(self, sample: Sample, second: int) -> None:
        """Take one sample into account."""
        ms = sample.ns / NS_PER_MS
        self.count += 1
        self.total_ms += ms
        self.min_ms, self.max_ms = min(self.min_ms, ms), max(self.max_ms, ms)
        self.times_ms[_rounded(ms)] += 1
        self.by_second[second] += 1
        if sample.error is not None:
            self.failures += 1
            self.failures_by_second[second] += 1
            self.errors[sample.error] += 1

    def to_json(self, stage: str, task: str) -> dict[str, Any]:
        """As ``generator/table.py`` reads it."""
        return {
            "stage": stage,
            "task": task,
            "count": self.count,
            "failures": self.failures,
            "total_ms": self.total_ms,
            "min_ms": self.min_ms,
            "max_ms": self.max_ms,
            "times_ms": list(self.times_ms.items()),
            "by_second": list(self.by_second.items()),
            "failures_by_second": list(self.failures_by_second.items()),
            "errors": dict(self.errors),
        }


class Table:
    """Collects rows, and hands them out in numbered batches."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], Row] = {}
        self._batches: dict[int, list[dict[str, Any]]] = {}
        self._last = 0

    def add(self, sample: Sample, second: int) -> None:
        """Take one sample into account; ``second`` is when it ended, by the wall clock."""
        if sample.stage == DELAY:
            return  # the generator's own lateness: it is part of enqueue and total
        key = (sample.stage, sample.task)
        if key not in self._rows:
            self._rows[key] = Row()
        self._rows[key].add(sample, second)

    def fetch(self, arrived: int) -> dict[str, Any]:
        """Every batch after the one numbered ``arrived``."""
        self._batches = {n: rows for n, rows in self._batches.items() if n > arrived}
        if self._rows:
            self._last += 1
            rows = [row.to_json(*key) for key, row in self._rows.items()]
            self._batches[self._last] = rows
            self._rows = {}
        return {"last": self._last, "rows": [row for b in self._batches.values() for row in b]}


def _rounded(ms: float) -> float:
    return float(f"{ms:.{DIGITS}g}")
