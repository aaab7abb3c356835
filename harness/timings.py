"""How long a stack took to start, against the slowest of its nodes."""

from collections.abc import Mapping
from dataclasses import dataclass

from harness.node import Timing


@dataclass(frozen=True, slots=True)
class Row:
    """One node; seconds since the stack began to start."""

    node: str
    started_s: float
    ready_s: float
    own_s: float


@dataclass(frozen=True, slots=True)
class Summary:
    """``ratio``: from nothing to all ready, over the slowest node's own time."""

    rows: tuple[Row, ...]
    slowest: str
    slowest_s: float
    total_s: float

    @property
    def ratio(self) -> float:
        return self.total_s / self.slowest_s


def summary(timings: Mapping[str, Timing], began: int) -> Summary:
    """From the moment the stack ``began`` to start (monotonic ns)."""
    rows = tuple(
        Row(name, (t.started - began) / 1e9, (t.ready - began) / 1e9, t.seconds)
        for name, t in sorted(timings.items(), key=lambda each: each[1].ready)
    )
    slowest = max(rows, key=lambda row: row.own_s)
    return Summary(rows, slowest.node, slowest.own_s, max(row.ready_s for row in rows))
