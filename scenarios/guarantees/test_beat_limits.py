"""Promise: a row starts, ends and repeats as it says, in its own time zone."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from harness.beat import actions
from harness.beat.plan import TravelPlan
from harness.beat.travel import Travel

pytestmark = pytest.mark.promises("schedule-exact")

TEN = {"every": 10, "period": "minutes"}
HOURS = timedelta(hours=9)


def limited(start: datetime) -> dict[str, dict[str, Any]]:
    """Rows with limits, each of another kind."""

    def after(minutes: float) -> str:
        return (start + timedelta(minutes=minutes)).isoformat()

    return {
        "crucible-expires": {"interval": TEN, "expires": after(95)},
        "crucible-starts": {"interval": TEN, "start_time": after(123)},
        "crucible-once": {"interval": TEN, "one_off": True},
        "crucible-clocked": {"clocked": after(200.5), "one_off": True},
        # All at 12:30 UTC, two hours after the start
        "crucible-kolkata": {"crontab": fixed("Asia/Kolkata", "0", "18")},
        "crucible-st-johns": {"crontab": fixed("America/St_Johns", "0", "10")},
        "crucible-lord-howe": {"crontab": fixed("Australia/Lord_Howe", "0", "23")},
        "crucible-phoenix": {"crontab": fixed("America/Phoenix", "30", "5")},
        "crucible-noon": {
            "solar": {"event": "solar_noon", "latitude": "-33.45", "longitude": "-70.67"}
        },
    }


def fixed(zone: str, minute: str, hour: str) -> dict[str, str]:
    """A crontab at a fixed time of a zone."""
    return {"minute": minute, "hour": hour, "timezone": zone}


@pytest.mark.usefixtures("rows")
def test_beat_limits(travel: Travel, start: datetime) -> None:
    """Rows that expire, start later, run once, or live in another time zone"""
    added = [actions.add(start, name, **columns) for name, columns in limited(start).items()]
    travel.go(TravelPlan(start, start + HOURS, actions=added))
    travel.expect(start + HOURS)
    travel.judge()


@pytest.mark.usefixtures("rows")
@pytest.mark.known_weakness(
    "schedule-exact",
    "django-celery-beat takes a row with a start_time that has never run for one that is long "
    "overdue: a crontab runs at once, not at its next time "
    "(https://github.com/celery/django-celery-beat/issues/912)",
    covers="crucible-late",
    strict=False,
)
def test_beat_crontab_starts_later(travel: Travel, start: datetime) -> None:
    """A crontab with a start_time runs at its first time from then on"""
    # Given a row for ten minutes before each hour that begins at twenty past
    begins = (start + timedelta(minutes=110)).isoformat()
    late = actions.add(start, "crucible-late", crontab={"minute": "50"}, start_time=begins)
    travel.go(TravelPlan(start, start + HOURS, actions=[late]))
    travel.expect(start + HOURS)
    travel.judge()
