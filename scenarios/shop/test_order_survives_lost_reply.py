"""Promise: an order is charged once although the gateway's answer never arrives."""

import pytest

from chaos.faults.lost_reply import LostReply
from chaos.injection import Injector
from harness.scenario import Scenario
from scenarios.shop import promises
from scenarios.shop.workload import Shop

pytestmark = [*promises.kept, pytest.mark.core]


def test_order_survives_lost_reply(scenario: Scenario, shop: Shop, inject: Injector) -> None:
    """The gateway accepts the charge, and its reply never arrives

    Kept by: the charge is asked for again under the order's own idempotency key."""
    # Given a shop under load
    shop.is_busy()
    # When the gateway charges five orders and says so to nobody
    with scenario.disturb(), inject(LostReply("gateway", count=5)):
        pass
    # Then every promise is kept
    scenario.judge()
