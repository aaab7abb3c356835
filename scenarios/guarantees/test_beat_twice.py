"""Promise: two beats at once do not send anything twice."""

from datetime import datetime

import pytest

from harness.beat.plan import TravelPlan
from harness.beat.travel import Travel

pytestmark = [
    pytest.mark.promises("schedule-exact"),
    # "You have to ensure only a single scheduler is running for a schedule at a time, otherwise
    # you'd end up with duplicate tasks": Celery's own documentation of periodic tasks.
    pytest.mark.known_weakness(
        "schedule-exact",
        "Beat takes no lock: two of them send everything twice, as Celery's documentation warns "
        "(https://docs.celeryq.dev/en/stable/userguide/periodic-tasks.html)",
        covers="doubled:",
    ),
]


@pytest.mark.usefixtures("rows")
def test_beat_twice(travel: Travel, start: datetime, day: object) -> None:
    """Two beats run on one database"""
    end = start.replace(hour=20)
    # When two beats run at once
    travel.go(TravelPlan(start, end, beats=2))
    # Then each run is sent once
    travel.expect(end)
    travel.judge()
