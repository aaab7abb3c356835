"""Promise: an order is completed and charged once, whatever happens to its worker."""

import pytest

from chaos.faults.held_reply import HeldReply
from chaos.faults.kill_node import KillNode
from chaos.injection import Injector
from harness.scenario import Scenario
from scenarios import weaknesses
from scenarios.shop import promises
from scenarios.shop.workload import Shop

pytestmark = [*promises.kept, weaknesses.redis_may_lose_what_it_pops, pytest.mark.core]


def test_order_survives_worker_kill(scenario: Scenario, shop: Shop, inject: Injector) -> None:
    """SIGKILL of the whole worker while it is between charging and saving an order

    Kept by: the order's row says how far it came, and the gateway knows its idempotency key."""
    # Given a shop under load
    shop.is_busy()
    # When an order is charged at the gateway, not yet saved, and its worker is killed
    with scenario.disturb(), inject(HeldReply("gateway")), inject(KillNode("worker", group=True)):
        pass
    # Then every promise is kept
    scenario.judge()
