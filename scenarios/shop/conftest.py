"""Fixtures of the shop's suite."""

from collections.abc import Sequence

import pytest

from harness.scenario import Scenario
from scenarios.shop.workload import Shop, opened

REGULARS = 5
# What its scenarios come to together (harness/checkers/coverage.py).
REACHES = (
    *("redelivery", "ack-lost", "cut-off", "restart", "faults-together"),
    *("retry", "retry-pending-at-exit", "publish-while-broker-down", "unknown-fate"),
)


@pytest.fixture(scope="session")
def suite_reaches() -> Sequence[str]:
    """The states that the suite promises to come to."""
    return REACHES


@pytest.fixture
def shop(scenario: Scenario) -> Shop:
    """The shop, open, with its regular customers."""
    return opened(scenario, REGULARS)
