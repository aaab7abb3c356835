"""Promise: a task asked for later than the visibility timeout still runs once."""

import pytest

from harness.scenario import Scenario
from harness.session import Session
from scenarios.guarantees import promises
from scenarios.guarantees.load import Load
from scenarios.weaknesses import REDIS

REDELIVERED = (
    "a worker holds a task with an ETA unacknowledged until it is due, and Redis gives what is "
    "unacknowledged for longer than the visibility timeout to whoever asks: Celery's documentation "
    "asks for a visibility timeout longer than any ETA"
)
HEAP_SECONDS = 1.0
WAIT_SECONDS_MAX = 10.0  # beyond the visibility timeout

pytestmark = [
    promises.always,
    promises.nothing_lost,
    pytest.mark.promises(no_duplicate_execution=promises.once),
    # Not strict: kombu before 5.7 sweeps so seldom that it may not come to it.
    pytest.mark.known_weakness(
        "no-duplicate-execution", REDELIVERED, covers="(it had an ETA)", strict=False, broker=REDIS
    ),
]


def later(session: Session) -> float:
    """Seconds: the visibility timeout, and a sweep if that is not long."""
    settings = session.settings
    return (settings.visibility_timeout or 0) + min(settings.sweep, WAIT_SECONDS_MAX) + 1


def test_countdown_outlasts_visibility(scenario: Scenario, load: Load) -> None:
    """Tasks with a countdown longer than the visibility timeout"""
    # Given a target under load
    load.is_busy(requests=60)
    # When tasks are asked for that are due after the visibility timeout
    load.asks(load.requests(8, countdown=later(scenario.session)))
    load.piles_up(HEAP_SECONDS)  # so that a queue is seen to hold work
    # Then each runs once
    scenario.judge()
