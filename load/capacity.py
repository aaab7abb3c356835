"""Finds the highest rate that holds, and says how sure that is.

The rate is doubled until it does not hold, then the gap is halved (by ratio) until it is narrow;
then the highest rate that held is tried again, and must hold each time.
"""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

PRECISION: Final = 1.1  # the lowest rate that fails is at most so many times the highest that holds
TRIALS: Final = 3  # of the rate that is found, all of which must hold
RATE_MIN: Final = 0.5
RATE_MAX: Final = 100_000.0
FILE_NAME: Final = "capacity.json"


@dataclass(slots=True)
class Capacity:
    """What was tried: rate -> whether it held, each time."""

    trials: dict[float, list[bool]] = field(default_factory=dict)

    def note(self, rate: float, held: bool) -> None:
        """One trial."""
        self.trials.setdefault(rate, []).append(held)

    @property
    def holds(self) -> float | None:
        """The highest rate that held each time and below which none failed; None for none."""
        lowest_failed = self.fails or math.inf
        held = (rate for rate, tries in self.trials.items() if all(tries) and rate < lowest_failed)
        return max(held, default=None)

    @property
    def fails(self) -> float | None:
        """The lowest rate that failed at least once."""
        return min((rate for rate, tries in self.trials.items() if not all(tries)), default=None)

    def next_rate(self, start: float) -> float | None:
        """What to try next; None when enough is known."""
        holds, fails = self.holds, self.fails
        if fails is None:
            wanted = start if holds is None else 2 * holds
            return wanted if wanted <= RATE_MAX else None
        if holds is None:
            return fails / 2 if fails / 2 >= RATE_MIN else None
        if fails / holds > PRECISION:
            return _rounded(math.sqrt(holds * fails), holds, fails)
        return holds if len(self.trials[holds]) < TRIALS else None

    def sentence(self) -> str:
        """What is known, in words."""
        holds, fails = self.holds, self.fails
        if holds is None:
            return f"No rate holds: {fails:g}/s failed {self._tally(fails)}."
        above = f"; {fails:g}/s did not ({self._tally(fails)})" if fails else "; none failed"
        return f"{holds:g}/s holds ({self._tally(holds)}){above}."

    def write(self, run_dir: Path) -> None:
        """``capacity.json``."""
        content = {"holds": self.holds, "fails": self.fails, "trials": list(self.trials.items())}
        (run_dir / FILE_NAME).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")

    def _tally(self, rate: float | None) -> str:
        tries = self.trials.get(rate or 0.0, [])
        return f"{sum(tries)} of {len(tries)} trials held"


def search(start: float, holds: Callable[[float, int], bool]) -> Capacity:
    """Try rates with ``holds(rate, number)`` until the capacity is known."""
    capacity, number = Capacity(), 0
    while (rate := capacity.next_rate(start)) is not None:
        number += 1
        capacity.note(rate, holds(rate, number))
    return capacity


def _rounded(rate: float, low: float, high: float) -> float:
    """A rate that people can read, strictly between the two."""
    for digits in range(2, 6):
        short = float(f"{rate:.{digits}g}")
        if low < short < high:
            return short
    return rate
