"""Promise: what a storm takes, memory, descriptors and connections, is given back after it."""

import pytest

from chaos.faults.link_down import LinkDown
from chaos.injection import Injector
from harness.scenario import Scenario
from scenarios import weaknesses
from scenarios.guarantees import promises
from scenarios.guarantees.load import Load

LOOKED_AT_SECONDS = 5.0  # each node is looked at twice in it
CUTS = 4

pytestmark = [
    promises.always,
    promises.recovers,
    promises.nothing_lost,
    pytest.mark.promises(resources_return=promises.resources),
    weaknesses.redis_may_lose_what_it_pops,
]


def test_storm_leaves_nothing(scenario: Scenario, load: Load, inject: Injector) -> None:
    """The worker's connections to the broker are cut again and again"""
    # Given a target under load, looked at for a while
    load.is_busy(requests=240)
    scenario.hold(LOOKED_AT_SECONDS)
    # When its connections break again and again
    with scenario.disturb():
        for _ in range(CUTS):
            with inject(LinkDown(load.way)):
                scenario.hold(0.3)
            if not load.goes_on():
                break  # it has nothing left that could be cut
    # Then, all work done, each node holds what it held before
    scenario.drain()
    scenario.hold(LOOKED_AT_SECONDS)
    scenario.judge()
