"""Any target under random faults: its tasks, enqueued directly."""

import pytest

from chaos.nemesis.nemesis import Nemesis
from harness.scenario import Scenario
from scenarios import weaknesses

pytestmark = [
    pytest.mark.promises(
        "no-task-lost",
        "no-unexpected-execution",
        "nodes-stay-up",
        "reaches",
        faults_took_effect={"least": 1},
    ),
    weaknesses.redis_may_lose_what_it_pops,
]


def test_tasks(scenario: Scenario, nemesis: Nemesis) -> None:
    """Tasks under random faults"""
    # Given a system under load
    scenario.steady(nemesis.calls(), rate=nemesis.rate)
    # When one thing after another breaks, and several at once
    with scenario.disturb():
        nemesis.unleash()
    # Then every promise is kept
    scenario.judge()
