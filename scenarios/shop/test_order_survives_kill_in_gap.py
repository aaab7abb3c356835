"""Promise: an order is completed although the broker has lost its message for good."""

import pytest

from chaos.faults.kill_in_gap import KillInGap
from chaos.injection import Injector
from harness.scenario import Scenario
from scenarios import weaknesses
from scenarios.shop import promises
from scenarios.shop.workload import Shop

pytestmark = [
    pytest.mark.core,
    *promises.kept,
    weaknesses.redis_loses_what_it_pops,
    pytest.mark.only_broker(weaknesses.REDIS, "RabbitMQ notes a message before it hands it out"),
]


def test_order_survives_kill_in_gap(scenario: Scenario, shop: Shop, inject: Injector) -> None:
    """A worker freezes with a message in its hands that nobody has noted, and is killed

    Kept by: the sweep enqueues whatever is owed and was not heard of."""
    # Given a shop under a load that leaves its worker hungry now and then
    shop.is_busy(orders=30, registrations=12, syncs=30, rate=6)
    # When the worker is killed between popping a message and noting it
    with scenario.disturb(), inject(KillInGap("worker")):
        pass
    # Then every promise is kept but the broker's
    scenario.judge()
