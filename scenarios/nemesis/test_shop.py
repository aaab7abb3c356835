"""The bundled shop under random faults."""

import pytest

from chaos.nemesis.nemesis import Nemesis
from harness.scenario import Scenario
from scenarios import weaknesses
from scenarios.shop.workload import opened

# Not `recovers-within`: its bounds are those of one fault, and here several follow each other.
pytestmark = [
    pytest.mark.promises(
        "effects-match",
        "no-task-lost",
        "no-unexpected-execution",
        "no-duplicate-execution",
        "nodes-stay-up",
        "reaches",
        faults_took_effect={"least": 1},
    ),
    weaknesses.redis_may_lose_what_it_pops,
]
REGULARS = 5


def test_shop(scenario: Scenario, nemesis: Nemesis) -> None:
    """The shop under random faults"""
    # Given a shop under load
    shop = opened(scenario, REGULARS)
    sixth = nemesis.operations // 6
    orders = nemesis.operations - 4 * sixth
    shop.is_busy(
        orders=orders,
        registrations=sixth,
        syncs=2 * sixth,
        alerts=sixth,  # the only ones of high priority
        rate=nemesis.rate,
    )
    # When one thing after another breaks, and several at once
    with scenario.disturb():
        nemesis.unleash()
    # Then every promise is kept
    scenario.judge()
