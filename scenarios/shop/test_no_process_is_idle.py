"""Promise: no pool process is idle while work waits."""

import pytest

from harness.scenario import Scenario
from scenarios.shop import promises
from scenarios.shop.workload import Shop, sync


@promises.calm
@pytest.mark.promises("children-not-idle", "drains-within")
def test_no_process_is_idle(scenario: Scenario, shop: Shop) -> None:
    """300 syncs at once; nothing is broken"""
    # Given a shop at work
    shop.takes(syncs=20, rate=20)
    # When it is asked for more than it can do in some seconds
    shop.asks(*(sync(scenario.rng) for _ in range(300)))
    # Then its processes share it until all is done
    scenario.judge()
