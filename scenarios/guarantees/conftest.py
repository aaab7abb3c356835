"""Fixtures of the suite for any target."""

import pytest

from harness.scenario import Scenario
from scenarios.guarantees import load as loads
from scenarios.guarantees.load import Load


@pytest.fixture
def load(scenario: Scenario) -> Load:
    """The target's own tasks, to be asked for."""
    return loads.of(scenario)
