"""When a user's operations are due: a schedule that does not ask whether the system keeps up."""

from collections.abc import Callable
from random import Random
from typing import Final

NS_PER_S: Final = 1_000_000_000
GOLDEN: Final = 0.6180339887498949  # multiples of it, modulo 1, spread evenly however many


class Arrivals:
    """The times, in monotonic ns, at which one user's operations are due.

    Many users' constant schedules are shifted against each other, so that together they are one
    of as many times the rate; many Poisson processes are one by nature.
    """

    def __init__(self, kind: str, rate: float, start: int, number: int, rng: Random) -> None:
        period = NS_PER_S / rate
        self._gap: Callable[[], float] = (
            (lambda: rng.expovariate(1) * period) if kind == "poisson" else (lambda: period)
        )
        first = self._gap() if kind == "poisson" else period * (number * GOLDEN % 1.0)
        self._next = start + first

    @property
    def due(self) -> int:
        """When the next one is due."""
        return int(self._next)

    def advance(self) -> int:
        """When it is due; the one after it is next."""
        due = self.due
        self._next += self._gap()
        return due
