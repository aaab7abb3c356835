"""Faults by plan while a load goes on: an outage of a stated length, or a nemesis."""

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from harness.brokers.broker import BROKER
from harness.errors import CrucibleError
from harness.scenario import Scenario
from harness.target import Target
from load.control.faults import Faults, library
from load.shape import Shape

CALM_BEFORE: Final = 0.25  # the part of a load that passes before anything is broken
CALM_AFTER: Final = 0.4  # and the part in which it must recover
CUT: Final = "link-down"


class Disturbance(Protocol):
    """What breaks things while the load goes on."""

    def run(self, faults: Faults, scenario: Scenario, stopping: threading.Event) -> None:
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
            CrucibleError: the load is too short to see the backlog drain, or nobody named a link.
        """
        after = shape.duration * CALM_BEFORE
        if after + seconds > shape.duration * (1 - CALM_AFTER):
            needed = seconds / (1 - CALM_BEFORE - CALM_AFTER)
            raise CrucibleError(
                f"A load of {shape.duration:g} s is too short for an outage of {seconds:g} s.",
                hint=f"Nobody would see the backlog drain: --duration {needed:.0f}s or more.",
            )
        links = tuple(f"{worker.name}->{BROKER}" for worker in target.workers)
        if target.external and (missing := [x for x in links if x not in target.external.links]):
            raise CrucibleError(
                f"An outage needs a link that nobody has named: {', '.join(missing)}.",
                hint="Name the proxy that the worker goes through in [external] links.",
            )
        return cls(links, after, seconds)

    def run(self, faults: Faults, scenario: Scenario, stopping: threading.Event) -> None:
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
class Nemesis:
    """Random faults by a seed's schedule, or by one that an earlier run has kept."""

    chosen: str  # a seed, or a run directory
    after: float
    seconds: float  # how long faults go on

    @classmethod
    def of(cls, shape: Shape, chosen: str) -> "Nemesis":
        """Faults throughout the middle of such a load.

        Raises:
            CrucibleError: it is neither a seed nor a run directory.
        """
        if not (chosen.isdecimal() or Path(chosen).exists()):
            raise CrucibleError(
                f"--chaos {chosen!r} is neither a seed nor a run directory.",
                hint="Such as --chaos 7, or --chaos reports/chaos/TIME.",
            )
        duration = shape.duration
        return cls(chosen, duration * CALM_BEFORE, duration * (1 - CALM_BEFORE - CALM_AFTER))

    def run(self, faults: Faults, scenario: Scenario, stopping: threading.Event) -> None:
        """Let the library's nemesis apply it."""
        if not stopping.wait(self.after):
            library("nemesis")(scenario, self.chosen, self.seconds, stopping)


class Disturber:
    """A thread that performs a disturbance; what goes wrong in it is kept and raised at the end."""

    def __init__(self, disturbance: Disturbance, faults: Faults, scenario: Scenario) -> None:
        self._disturbance, self._faults, self._scenario = disturbance, faults, scenario
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
            self._disturbance.run(self._faults, self._scenario, self._stopping)
        except Exception as error:
            self._error = error
