"""Skipped and repeated hours, by hand, in zones of every kind."""

from datetime import UTC, datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.beat.oracle.clock_changes import clock_changes
from harness.beat.oracle.dst_policy import DstPolicy, nominal

CRON, WALL, ICALENDAR = DstPolicy.CRON, DstPolicy.WALL, DstPolicy.ICALENDAR


def runs(text: str, zone: str, day: str, policy: DstPolicy) -> list[str]:
    """The runs of one local day, as a person there and the world would write them."""
    place = ZoneInfo(zone)
    start = datetime.fromisoformat(day).replace(tzinfo=place)
    end = start + timedelta(days=1)  # of the wall clock
    found = takewhile(lambda each: each[0] < end, nominal(text, place, start, policy))
    instants = dict.fromkeys(instant for instant, _ in found if instant >= start)
    return [f"{i.astimezone(place):%H:%M%z} {i:%H:%MZ}" for i in instants]


# Written by hand from the rules in force in 2026 (tzdata): which wall times do not exist, or twice.
@pytest.mark.parametrize(
    ("text", "zone", "day", "policy", "expected"),
    [
        # Berlin, 29 March: 02:00 CET is followed by 03:00 CEST
        ("30 2 * * *", "Europe/Berlin", "2026-03-29", CRON, ["03:00+0200 01:00Z"]),
        ("30 2 * * *", "Europe/Berlin", "2026-03-29", ICALENDAR, ["03:30+0200 01:30Z"]),
        ("30 2 * * *", "Europe/Berlin", "2026-03-29", WALL, []),
        # Berlin, 25 October: 03:00 CEST is followed by 02:00 CET
        ("30 2 * * *", "Europe/Berlin", "2026-10-25", CRON, ["02:30+0200 00:30Z"]),
        ("30 2 * * *", "Europe/Berlin", "2026-10-25", ICALENDAR, ["02:30+0200 00:30Z"]),
        (
            "30 2 * * *",
            "Europe/Berlin",
            "2026-10-25",
            WALL,
            ["02:30+0200 00:30Z", "02:30+0100 01:30Z"],
        ),
        # New York, a negative offset, 8 March: 02:00 EST is followed by 03:00 EDT
        ("15 2 * * *", "America/New_York", "2026-03-08", CRON, ["03:00-0400 07:00Z"]),
        ("15 2 * * *", "America/New_York", "2026-03-08", ICALENDAR, ["03:15-0400 07:15Z"]),
        ("15 1 * * *", "America/New_York", "2026-11-01", CRON, ["01:15-0400 05:15Z"]),
        # Santiago, southern hemisphere, where midnight itself is skipped (6 September)
        ("0 0 * * *", "America/Santiago", "2026-09-06", CRON, ["01:00-0300 04:00Z"]),
        # Lord Howe, half an hour, southern: 4 October 02:00 is followed by 02:30
        ("15 2 * * *", "Australia/Lord_Howe", "2026-10-04", CRON, ["02:30+1100 15:30Z"]),
        ("0 3 * * *", "Australia/Lord_Howe", "2026-10-04", CRON, ["03:00+1100 16:00Z"]),
        # Kolkata, half-hour offset and no summer time
        ("30 2 * * *", "Asia/Kolkata", "2026-03-29", CRON, ["02:30+0530 21:00Z"]),
        # Phoenix, negative offset and no summer time
        ("30 2 * * *", "America/Phoenix", "2026-03-08", CRON, ["02:30-0700 09:30Z"]),
        # Kathmandu, three quarters of an hour
        ("0 9 * * *", "Asia/Kathmandu", "2026-06-01", CRON, ["09:00+0545 03:15Z"]),
    ],
)
def test_a_fixed_time(
    text: str, zone: str, day: str, policy: DstPolicy, expected: list[str]
) -> None:
    assert runs(text, zone, day, policy) == expected


@pytest.mark.parametrize(
    ("day", "policy", "count", "twice"),
    [
        ("2026-03-29", CRON, 23, 0),
        ("2026-10-25", CRON, 25, 1),
        ("2026-10-25", WALL, 25, 1),
        ("2026-10-25", ICALENDAR, 24, 0),
        ("2026-06-01", CRON, 24, 0),
    ],
)
def test_an_hourly_job_on_days_that_are_short_or_long(
    day: str, policy: DstPolicy, count: int, twice: int
) -> None:
    found = runs("0 * * * *", "Europe/Berlin", day, policy)
    assert len(found) == count
    assert sum(run.startswith("02:00") for run in found) == (2 if twice else "03-29" not in day)


def test_the_leap_day_and_the_lengths_of_months() -> None:
    zone, start = ZoneInfo("Europe/Berlin"), datetime(2027, 1, 15, tzinfo=UTC)
    end = datetime(2028, 12, 31, tzinfo=UTC)

    def days(text: str) -> list[str]:
        found = takewhile(lambda each: each[0] < end, nominal(text, zone, start, CRON))
        return [f"{wall:%Y-%m-%d}" for instant, wall in found if instant > start]

    assert days("0 12 29 2 *") == ["2028-02-29"]
    assert [day[:7] for day in days("0 12 31 * *")][:7] == [
        "2027-01", "2027-03", "2027-05", "2027-07", "2027-08", "2027-10", "2027-12",
    ]  # fmt: skip
    assert days("0 12 30 2,4 *") == ["2027-04-30", "2028-04-30"]


ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "America/Santiago",
    "Asia/Kolkata",
    "Pacific/Auckland",
)


@settings(max_examples=60, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    minute=st.sampled_from(["0", "30", "*/20", "5-50/15"]),
    hour=st.sampled_from(["*", "2", "0-3", "*/2", "1,2,3"]),
    month=st.integers(1, 12),
    day=st.integers(1, 28),
)
def test_where_clocks_change_by_whole_hours_we_agree_with_cronsim_itself(
    zone: str, minute: str, hour: str, month: int, day: int
) -> None:
    # Given some crontab and some three days of the year
    place, text = ZoneInfo(zone), f"{minute} {hour} * * *"
    start = datetime(2026, month, day, tzinfo=UTC)
    end = start + timedelta(days=3)
    # When cronsim is asked with its own way of treating changes of clocks, which is Debian's
    theirs: list[datetime] = []
    for local in CronSim(text, start.astimezone(place) - timedelta(days=1)):
        if local.astimezone(UTC) >= end:
            break
        theirs.append(local.astimezone(UTC))
    # Then it names the same instants
    ours = [i for i, _ in takewhile(lambda each: each[0] < end, nominal(text, place, start, CRON))]
    assert {i for i in ours if i > start} == {i for i in theirs if i > start}
    assert ours == sorted(ours)


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("Europe/Berlin", ["2026-03-29T01:00:00 +1:00:00", "2026-10-25T01:00:00 -1 day, 23:00:00"]),
        ("Asia/Kolkata", []),
        ("Australia/Lord_Howe", ["2026-04-04T15:00:00", "2026-10-03T15:30:00"]),
        ("America/Santiago", ["2026-04-05T03:00:00", "2026-09-06T04:00:00"]),
    ],
)
def test_changes_of_clocks_are_found_to_the_second(zone: str, expected: list[str]) -> None:
    found = clock_changes(
        ZoneInfo(zone), datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    )
    assert [f"{c.at:%Y-%m-%dT%H:%M:%S}" for c in found] == [each[:19] for each in expected]
