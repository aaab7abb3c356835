"""What the travels of a beat have in common."""

from datetime import UTC, datetime, timedelta

import pytest

from harness.beat.bench import Bench


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
