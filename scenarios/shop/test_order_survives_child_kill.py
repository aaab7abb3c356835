"""Promise: an order is completed and charged once, whatever happens to its pool process."""

import pytest

from chaos.faults.held_reply import HeldReply
from chaos.faults.kill_child import KillChild
from chaos.injection import Injector
from harness.scenario import Scenario
from scenarios.shop import promises
from scenarios.shop.workload import Shop

TASK = "myapp.tasks.process_order"
pytestmark = [*promises.kept, pytest.mark.core]


def test_order_survives_child_kill(scenario: Scenario, shop: Shop, inject: Injector) -> None:
    """SIGKILL of one pool child in the middle of an order

    Kept by: the order's row says how far it came, and the gateway knows its idempotency key."""
    # Given a shop under load
    shop.is_busy()
    # When an order is charged, not yet saved, and its pool process is killed
    with scenario.disturb(), inject(HeldReply("gateway")), inject(KillChild("worker", TASK)):
        pass
    # Then every promise is kept
    scenario.judge()
