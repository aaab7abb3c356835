"""Promise: what a storm takes, memory, descriptors and connections, is given back after it."""

import pytest

from chaos.faults.link_down import LinkDown
from chaos.injection import Injector
from harness.scenario import Scenario
from scenarios import weaknesses
from scenarios.shop import promises
from scenarios.shop.workload import Shop

LOOKED_AT_SECONDS = 5.0  # each node is looked at twice in it
WAYS = ("worker->broker", "worker->database", "worker->gateway")


@promises.faulted
# One of them may find nothing in flight.
@pytest.mark.promises("resources-return", faults_took_effect={"least": 3})
@weaknesses.redis_may_lose_what_it_pops
@weaknesses.worker_may_end_itself
def test_storm_leaves_nothing(scenario: Scenario, shop: Shop, inject: Injector) -> None:
    """The worker's ways to broker, database and gateway are cut in turn, twice"""
    # Given a shop under load, looked at for a while
    shop.takes(orders=150)
    scenario.hold(LOOKED_AT_SECONDS)
    # When connections break again and again
    with scenario.disturb():
        for way in 2 * WAYS:
            with inject(LinkDown(way)):
                scenario.hold(0.5)
    # Then, all work done, each node holds what it held before
    scenario.drain()
    scenario.hold(LOOKED_AT_SECONDS)
    scenario.judge()
