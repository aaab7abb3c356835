"""Promise: what falls due while the schedule's database is away runs once when it is back."""

from datetime import datetime, timedelta

import pytest

from harness.beat import actions
from harness.beat.plan import TravelPlan
from harness.beat.travel import Travel

pytestmark = pytest.mark.promises("schedule-exact")


@pytest.mark.usefixtures("rows")
def test_beat_database_away(travel: Travel, start: datetime) -> None:
    """The database refuses connections for half an hour"""
    away = start + timedelta(hours=3, minutes=4)
    end = start + timedelta(hours=12)
    outage = actions.database_away(away, away + timedelta(minutes=30))
    quarterly = actions.add(start, "crucible-quarterly", crontab={"minute": "*/15"})
    travel.go(TravelPlan(start, end, actions=[quarterly, *outage]))
    travel.expect(end)
    travel.judge()
