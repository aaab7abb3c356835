"""Promise: an order is completed and charged once, whatever happens to the way to the broker."""

import pytest

from chaos.faults.link_down import LinkDown
from chaos.injection import Injector
from harness.scenario import Scenario
from scenarios import weaknesses
from scenarios.shop import promises
from scenarios.shop.workload import Shop

pytestmark = [
    pytest.mark.core,
    *promises.kept,
    weaknesses.redis_may_lose_what_it_pops,
]


def test_order_survives_broker_cut(scenario: Scenario, shop: Shop, inject: Injector) -> None:
    """worker->broker down for 3 s with tasks in flight

    Kept by: one key for each sync, which the CRM remembers: what is delivered twice is recorded
    once."""
    # Given a shop under load
    shop.is_busy()
    # When the worker cannot reach the broker for 3 s
    with scenario.disturb(), inject(LinkDown("worker->broker")):
        scenario.hold(3.0)
    # Then every promise is kept
    scenario.judge()
