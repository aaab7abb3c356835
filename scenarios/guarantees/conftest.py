"""Fixtures of the suite for any target, and what the travels of a beat have in common."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from harness.beat.bench import Bench
from harness.scenario import Scenario
from scenarios.guarantees import load as loads
from scenarios.guarantees.load import Load

# What its scenarios come to together, on any target with a task that is acknowledged late
# (harness/checkers/coverage.py).
REACHES = ("redelivery", "ack-lost", "cut-off", "reserved-at-exit", "restart")


@pytest.fixture(scope="session")
def suite_reaches() -> Sequence[str]:
    """The states that the suite promises to come to."""
    return REACHES


@pytest.fixture
def load(scenario: Scenario) -> Load:
    """The target's own tasks, to be asked for."""
    return loads.of(scenario)


@pytest.fixture
def start() -> datetime:
    """Some Tuesday, far from any change of clocks."""
    return datetime(2026, 6, 2, 10, 30, tzinfo=UTC)


@pytest.fixture
def day() -> timedelta:
    """A day."""
    return timedelta(days=1)


@pytest.fixture
def rows(crucible_bench: Bench) -> None:
    """Needs a schedule whose rows can be changed on the way: one in a database."""
    if not crucible_bench.has_rows():
        pytest.skip("the target's schedule is not in a database")
