"""How hard a nemesis tries: how often, how long and how many at once."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Intensity:
    """Seconds are of the undisturbed schedule; what takes long to heal moves the rest back."""

    gap_s: float  # between two faults, on average
    lasts_s: tuple[float, float]  # at least, at most
    at_once: int  # in force together
    aimed_percent: int  # of the faults that can be aimed


INTENSITIES: Final = {
    "low": Intensity(gap_s=8.0, lasts_s=(0.5, 2.0), at_once=1, aimed_percent=25),
    "medium": Intensity(gap_s=4.0, lasts_s=(0.5, 4.0), at_once=2, aimed_percent=35),
    "high": Intensity(gap_s=1.5, lasts_s=(0.5, 6.0), at_once=3, aimed_percent=50),
}
