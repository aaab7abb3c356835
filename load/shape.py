"""How many arrivals a second are meant at each moment of a load; pure, so that both sides know."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

USERS_MAX: Final = 200  # beyond it each user gets more arrivals: a user costs Locust a greenlet
STEPS: Final = 5


@dataclass(frozen=True, slots=True)
class Shape:
    """``kind`` is one of SHAPES; ``rate`` is the highest, in arrivals a second."""

    kind: str
    rate: float
    duration: float  # seconds

    def rate_at(self, time: float) -> float | None:
        """Arrivals a second at ``time`` seconds; None once it has ended."""
        if time >= self.duration:
            return None
        return self.rate * SHAPES[self.kind](time / self.duration)

    @property
    def per_user(self) -> float:
        """Arrivals a second of one user."""
        return self.rate / USERS_MAX if self.rate > USERS_MAX else min(1.0, self.rate)


def _spike(part: float) -> float:
    """A fifth of the rate, and for the middle fifth of the time all of it."""
    return 1.0 if 0.4 <= part < 0.6 else 0.2


#: By the part of the time that has gone (0 to 1), the part of the rate that is meant.
SHAPES: Final[dict[str, Callable[[float], float]]] = {
    "steady": lambda _: 1.0,
    "ramp": lambda part: part,
    "spike": _spike,
    "soak": lambda part: min(1.0, part / 0.05),  # a gentle start, then the same for long
    "steps": lambda part: (int(part * STEPS) + 1) / STEPS,
}
