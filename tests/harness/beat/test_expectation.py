"""From evidence to what was due: an oracle in a wrong zone would convict a sound beat."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from harness import event as ev
from harness.beat.expectation import expectations
from harness.beat.oracle.dst_policy import DstPolicy
from harness.checkers.checker import judge
from harness.checkers.schedule_exact import ScheduleExact
from harness.event import Event
from harness.history import History
from harness.verdict import Outcome, Verdict

#: Zones and one that differs from each by little, or for half of the year only.
WRONG = {
    "Asia/Kolkata": "Asia/Karachi",
    "Asia/Kathmandu": "Asia/Kolkata",  # a quarter of an hour
    "Australia/Lord_Howe": "Australia/Sydney",  # half an hour in winter, none in summer
    "America/St_Johns": "America/Halifax",
    "America/Phoenix": "America/Denver",  # the same in winter
    "America/Santiago": "America/La_Paz",
    "Europe/Berlin": "Africa/Lagos",  # the same in winter
}


def event(type_: str, at: datetime, id_: str = "beat", **detail: object) -> Event:
    return Event(0, 0, "beat-driver", type_, id_, "", {"at": at.isoformat(), **detail})


def judged(told: str, true: str, start: datetime, days: int) -> Verdict:
    """A beat that runs a row at nine in one zone, while its evidence names another."""
    row = {"schedule": "daily", "kind": "crontab", "minute": "0", "hour": "9", "zone": told}
    first = datetime(start.year, start.month, start.day, 9, tzinfo=ZoneInfo(true))
    nines = [(first + timedelta(days=n)).astimezone(UTC) for n in range(days + 1)]
    end = start + timedelta(days=days)
    events = [
        event(ev.TRAVEL_BEGAN, start),
        event(ev.BEAT_STARTED, start),
        event(ev.SCHEDULE, start, "daily", **row),
        *(event(ev.FIRED, at, f"{at}", schedule="daily") for at in nines if start < at < end),
        event(ev.TRAVEL_ENDED, end),
    ]
    due = expectations(events, end, DstPolicy.CRON)
    told_due = [Event(0, 0, "oracle", ev.DUE, name, task, detail) for name, task, detail in due]
    return judge(ScheduleExact(), History([*events, *told_due]))


@pytest.mark.parametrize("zone", WRONG)
def test_a_year_in_the_right_zone_is_acquitted_and_in_the_wrong_one_convicted(zone: str) -> None:
    # At this time nobody of them has nine o'clock
    start = datetime(2027, 12, 31, 14, 30, tzinfo=UTC)
    right = judged(zone, zone, start, 366)  # 2028 has a leap day
    assert right.outcome is Outcome.VALID, right.evidence[:3]
    assert right.counts["due"] == 366
    wrong = judged(WRONG[zone], zone, start, 366)
    assert wrong.outcome is Outcome.INVALID
    assert wrong.counts["missed"] + wrong.counts["shifted"] > 100


def test_a_year_in_which_nothing_is_due_is_unknown() -> None:
    start = datetime(2027, 1, 1, tzinfo=UTC)
    row = {"schedule": "leap", "kind": "crontab", "day_of_month": "29", "month_of_year": "2"}
    end = start + timedelta(days=365)
    events = [
        event(ev.TRAVEL_BEGAN, start),
        event(ev.BEAT_STARTED, start),
        event(ev.SCHEDULE, start, "leap", **{"minute": "0", "hour": "0", **row}),
        event(ev.TRAVEL_ENDED, end),
    ]
    assert list(expectations(events, end, DstPolicy.CRON)) == []
    verdict = judge(ScheduleExact(), History(events))
    assert (verdict.outcome, verdict.summary) == (Outcome.UNKNOWN, "Nothing was due.")
