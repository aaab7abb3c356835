"""Promise: what is in the queue high_priority does not wait for the default queue."""

import pytest

from chaos.faults.slow_service import SlowService
from chaos.injection import Injector
from harness.client.publisher import Enqueue
from harness.scenario import Scenario
from scenarios.shop import promises
from scenarios.shop.workload import Shop, sync

NOTICES = 10
pytestmark = [
    promises.calm,
    pytest.mark.promises(
        "faults-took-effect",
        queues_isolated={"queue": "high_priority", "flooded": "celery", "wait_ms_max": 2_000},
    ),
]


def test_high_priority_is_not_starved(scenario: Scenario, shop: Shop, inject: Injector) -> None:
    """A slow CRM piles up 400 tasks in the default queue, and alerts are to be sent

    Kept by: alerts have a queue and a worker of their own, in both variants."""
    # Given a shop whose default queue is flooded while its CRM is slow
    shop.takes(syncs=20)
    shop.asks(*(sync(scenario.rng) for _ in range(400)))
    with scenario.disturb(), inject(SlowService("crm")):
        scenario.hold(3.0)
    # When alerts are to be sent
    alerts = [Enqueue("myapp.tasks.send_alert", ("#shop", f"{n}")) for n in range(NOTICES)]
    shop.asks(*alerts)
    # Then none of them waits for the flood
    scenario.judge()
