"""Faults by plan while a load goes on: an outage of a stated length, or a seeded series."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Final, Protocol

from harness.brokers.broker import BROKER
from harness.errors import CrucibleError, Exit
from harness.target import Target
from load.control.faults import Faults
from load.shape import Shape

CALM_BEFORE: Final = 0.25  # the part of a load that passes before anything is broken
CALM_AFTER: Final = 0.4  # and the part in which it must recover
HOLD_SECONDS: Final = (1.0, 4.0)  # how long a fault of a series is in force
REST_SECONDS: Final = (2.0, 5.0)  # between two of them
CUT: Final = "link-down"


class Disturbance(Protocol):
    """What breaks things while the load goes on."""

    def run(self, faults: Faults, stopping: threading.Event) -> None:
        """Break and heal; return at once when it is to stop, all healed."""


@dataclass(frozen=True, slots=True)
class Outage:
    """Every worker loses the broker for so many seconds, once."""

    links: tuple[str, ...]
    after: float  # seconds of load before it
    seconds: float

    @classmethod
    def of(cls, target: Target, shape: Shape, seconds: float) -> "Outage":
        """An outage of ``seconds`` in the middle of such a load.

        Raises:
            CrucibleError: the load is too short to see the backlog drain.
        """
        after = shape.duration * CALM_BEFORE
        if after + seconds > shape.duration * (1 - CALM_AFTER):
            needed = seconds / (1 - CALM_BEFORE - CALM_AFTER)
            raise CrucibleError(
                f"A load of {shape.duration:g} s is too short for an outage of {seconds:g} s.",
                hint=f"Nobody would see the backlog drain: --duration {needed:.0f}s or more.",
            )
        links = tuple(f"{worker.name}->{BROKER}" for worker in target.workers)
        return cls(links, after, seconds)

    def run(self, faults: Faults, stopping: threading.Event) -> None:
        """Cut all links, wait, heal them."""
        if stopping.wait(self.after):
            return
        try:
            for link in self.links:
                faults.inject(faults.find(CUT, link))
            stopping.wait(self.seconds)
        finally:
            faults.heal_all()


@dataclass(frozen=True, slots=True)
class Series:
    """One fault after the other, drawn from the library by a seed."""

    seed: int
    after: float
    seconds: float  # how long faults go on

    @classmethod
    def of(cls, shape: Shape, seed: int) -> "Series":
        """Faults throughout the middle of such a load."""
        duration = shape.duration
        return cls(seed, duration * CALM_BEFORE, duration * (1 - CALM_BEFORE - CALM_AFTER))

    def steps(self, keys: list[str]) -> Iterator[tuple[str, float, float]]:
        """Which fault, for how long it is in force, and how long to rest after it."""
        rng = Random(f"{self.seed}:faults")
        left = self.seconds
        while left > 0:
            hold, rest = rng.uniform(*HOLD_SECONDS), rng.uniform(*REST_SECONDS)
            yield rng.choice(keys), hold, rest
            left -= hold + rest

    def run(self, faults: Faults, stopping: threading.Event) -> None:
        """Inject each, hold it, heal it, rest."""
        if stopping.wait(self.after):
            return
        for key, hold, rest in self.steps(sorted(offer["key"] for offer in faults.offers())):
            _strike(faults, key, hold, stopping)
            if stopping.wait(rest):
                return


def _strike(faults: Faults, key: str, hold: float, stopping: threading.Event) -> None:
    try:
        number = faults.inject(key)
    except CrucibleError as error:
        if error.exit_code is not Exit.UNKNOWN:
            raise
        return  # nothing to aim at just now: the history tells that it put nothing to the test
    stopping.wait(hold)
    faults.heal(number)


class Disturber:
    """A thread that performs a disturbance; what goes wrong in it is kept and raised at the end."""

    def __init__(self, disturbance: Disturbance, faults: Faults) -> None:
        self._disturbance, self._faults = disturbance, faults
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="disturbance", daemon=True)
        self._error: Exception | None = None

    def start(self) -> None:
        """Begin; its zero is now."""
        self._thread.start()

    def stop(self) -> None:
        """End it, all healed.

        Raises:
            CrucibleError: a fault could not be injected or healed.
        """
        self.end()
        if self._error:
            raise self._error

    def end(self) -> None:
        """End it, all healed, whatever went wrong."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        try:
            self._disturbance.run(self._faults, self._stopping)
        except Exception as error:
            self._error = error
