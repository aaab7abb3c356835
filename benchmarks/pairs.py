"""Two things measured in turn, so that whatever else the machine does falls on both alike."""

import math
import statistics
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from rich.console import Console
from rich.table import Table

Pair = tuple[float, float]
Measured = TypeVar("Measured")


@dataclass(frozen=True, slots=True)
class Figure:
    """What the pairs came to, and the bound it is held to."""

    name: str
    values: Sequence[float]
    at_most: float | None = None
    at_least: float | None = None

    @property
    def median(self) -> float:
        """The median of all values."""
        return statistics.median(self.values)

    @property
    def interval(self) -> tuple[float, float]:
        """Where the true median lies with 95 % confidence, by the ranks of what was measured."""
        ordered, count = sorted(self.values), len(self.values)
        rank = max(0, math.floor(count / 2 - 0.98 * math.sqrt(count)))
        return ordered[rank], ordered[-1 - rank]

    @property
    def limit(self) -> str:
        """The bound in words; empty where there is none."""
        if self.at_most is not None:
            return f"at most {self.at_most}"
        return "" if self.at_least is None else f"at least {self.at_least}"

    @property
    def exceeded(self) -> bool:
        """Whether the median is beyond the bound."""
        over = self.at_most is not None and self.median > self.at_most
        return over or (self.at_least is not None and self.median < self.at_least)


def in_turn(
    first: Callable[[], Measured], second: Callable[[], Measured], count: int
) -> Iterator[tuple[Measured, Measured]]:
    """Measure both ``count`` times; who begins alternates, so that a drift favours neither."""
    for number in range(count):
        if number % 2:
            later = second()
            yield first(), later
        else:
            yield first(), second()


def ratios(pairs: Iterable[Pair]) -> list[float]:
    """The second of each pair over its first."""
    return [second / first for first, second in pairs]


def conclude(title: str, figures: Sequence[Figure]) -> int:
    """Print the table and return the exit code: 1 if any figure exceeds its limit."""
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    table.add_column("figure")
    for heading in ("median", "95 % sure", "min-max", "limit"):
        table.add_column(heading, justify="right", no_wrap=True)
    for figure in figures:
        sure, spread = _range(*figure.interval), _range(min(figure.values), max(figure.values))
        limit = figure.limit + ("  EXCEEDED" if figure.exceeded else "")
        table.add_row(figure.name, _short(figure.median), sure, spread, limit)
    Console().print(table)
    return int(any(figure.exceeded for figure in figures))


def _range(low: float, high: float) -> str:
    return f"{_short(low)} - {_short(high)}"


def _short(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3f}"
