"""Fixtures of the shop's suite."""

import pytest

from harness.scenario import Scenario
from scenarios.shop.workload import Shop, opened

REGULARS = 5


@pytest.fixture
def shop(scenario: Scenario) -> Shop:
    """The shop, open, with its regular customers."""
    return opened(scenario, REGULARS)
