"""The nemesis for `crucible load`, which joins through the entry point group `crucible.faults`."""

import threading
from pathlib import Path

from chaos.nemesis import saved
from chaos.nemesis.candidate import candidates
from chaos.nemesis.generator import Wish, generate
from chaos.nemesis.nemesis import Nemesis
from chaos.nemesis.safety import refuse_strangers
from chaos.nemesis.schedule import Schedule
from chaos.nemesis.stop_conditions import Limits, StopConditions
from harness.scenario import Scenario


class LoadEndedError(Exception):
    """The load has ended: what is left of the schedule is not applied."""


class UntilLoadEnds(StopConditions):
    """The usual conditions, and the end of the load."""

    def __init__(self, scenario: Scenario, ended: threading.Event) -> None:
        super().__init__(Limits(), scenario)
        self._ended = ended

    def check(self) -> None:
        """Go on, or not."""
        if self._ended.is_set():
            raise LoadEndedError
        super().check()


def unleash(scenario: Scenario, chosen: str, duration_s: float, ended: threading.Event) -> None:
    """Apply the schedule of a seed, or the first one that a run directory keeps.

    Returns when it has been applied or the load has ended, all healed.

    Raises:
        CrucibleError: there is no such schedule, or what was broken did not heal.
    """
    refuse_strangers(scenario.session.stack)
    schedule = _schedule(scenario, chosen, duration_s)
    try:
        Nemesis(schedule, scenario, UntilLoadEnds(scenario, ended)).unleash()
    except LoadEndedError:
        return


def _schedule(scenario: Scenario, chosen: str, duration_s: float) -> Schedule:
    if not chosen.isdecimal():
        return next(iter(saved.load(Path(chosen)).schedules.values()))
    offered = candidates(scenario.session)
    return generate(int(chosen), Wish(duration_s), offered)
