"""What a schedule owes: each kind, its limits, and what happens when beat is away."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from harness.beat.oracle.absence import Absence, merged
from harness.beat.oracle.owed import Version, owed
from harness.beat.oracle.row import Cron, Row
from harness.errors import CrucibleError


def at(hour: float, day: int = 2) -> datetime:
    """An hour of some day in June 2026; the second is a Tuesday."""
    return datetime(2026, 6, day, tzinfo=UTC) + timedelta(hours=hour)


def told(row: Row, end: datetime, *absences: Absence) -> list[str]:
    """The times that are owed, those made up with a plus."""
    runs = owed([Version(at(10), row)], end, absences=absences)
    return [f"{run.at:%d %H:%M}{'+' if run.made_up else ''}" for run in runs]


EVERY = Row("every", "interval", seconds=3600)
DAILY = Row("daily", "crontab", cron=Cron("30", "12"))


def test_an_interval_counts_from_the_start_or_from_its_last_run() -> None:
    assert told(EVERY, at(13)) == ["02 11:00", "02 12:00"]
    assert told(replace(EVERY, last_run=at(9.75)), at(12)) == ["02 10:45", "02 11:45"]
    # And is due at once if that was too long ago
    assert told(replace(EVERY, last_run=at(3)), at(12)) == ["02 10:00", "02 11:00"]


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        # Sent on time, or within the second: the grid stays, so that a drift is seen
        ([11, 12 + 0.9 / 3600, 13], [11, 12, 13, 14]),
        # A quarter of an hour late: wrong once, then counted from there
        ([11, 12.25, 13.25, 14.25], [11, 12, 13.25, 14.25]),
        # Early; two hours and a half late; sent again a minute later
        ([11, 11.75, 12.75, 13.75], [11, 12, 12.75, 13.75, 14.75]),
        ([11, 14.5], [11, 12, 15.5]),
        ([11, 12, 12 + 1 / 60, 13 + 1 / 60], [11, 12, 13 + 1 / 60, 14 + 1 / 60]),
        # One was left out, two were, all were: missing, and counted as if sent
        ([11, 13, 14], [11, 12, 13, 14]),
        ([11, 14], [11, 12, 13, 14]),
        ([], [11, 12, 13, 14]),
    ],
)
def test_an_interval_that_was_sent_beside_its_time_counts_from_there(
    sent: list[float], expected: list[float]
) -> None:
    runs = owed([Version(at(10), EVERY)], at(14.9), sent=list(map(at, sent)))
    assert [run.at for run in runs] == [at(hour) for hour in expected if hour < 14.9]


def test_a_changed_interval_counts_from_when_it_was_last_sent() -> None:
    # Given one that was sent at 12:15 instead of 12:00, and is edited after that
    versions = [Version(at(10), EVERY), Version(at(12.5), replace(EVERY, seconds=7200))]
    runs = owed(versions, at(17), sent=[at(11), at(12.25), at(14.25), at(16.25)])
    assert [f"{run.at:%H:%M}" for run in runs] == ["11:00", "12:00", "14:15", "16:15"]


def test_the_start_is_not_owed_and_neither_is_the_end() -> None:
    row = Row("sharp", "crontab", cron=Cron("0", "10,12"))
    assert told(row, at(12)) == []
    assert told(row, at(12.01)) == ["02 12:00"]


def test_day_of_week_and_day_of_month_must_both_match() -> None:
    # Friday the thirteenth: cron itself would take every Friday, and every thirteenth
    row = Row("unlucky", "crontab", cron=Cron("0", "0", day_of_month="13", day_of_week="fri"))
    runs = owed([Version(datetime(2026, 1, 1, tzinfo=UTC), row)], datetime(2027, 1, 1, tzinfo=UTC))
    assert [f"{run.at:%m-%d}" for run in runs] == ["02-13", "03-13", "11-13"]


def test_a_clocked_row_runs_once() -> None:
    row = Row("once", "clocked", time=at(11.5), one_off=True)
    assert told(row, at(20)) == ["02 11:30"]
    assert told(replace(row, runs=1), at(20)) == []


def test_limits_hold() -> None:
    assert told(replace(EVERY, enabled=False), at(20)) == []
    assert told(replace(EVERY, one_off=True), at(20)) == ["02 11:00"]
    assert told(replace(EVERY, expires=at(12)), at(20)) == ["02 11:00"]
    assert told(replace(EVERY, start_time=at(12.5)), at(14)) == ["02 12:30", "02 13:30"]
    assert told(replace(DAILY, start_time=at(13)), at(13, 3)) == ["03 12:30"]


def test_what_fell_due_while_beat_was_away_is_owed_once() -> None:
    away = Absence(at(11.5), at(14.25))
    assert told(EVERY, at(16), away) == ["02 11:00", "02 14:15+", "02 15:15"]
    assert told(DAILY, at(13, 3), away) == ["02 14:15+", "03 12:30"]
    week = Absence(at(11.5), at(11.5, 9))
    assert told(DAILY, at(13, 9), week) == ["09 11:30+", "09 12:30"]


def test_a_deadline_lets_old_crontabs_go() -> None:
    away = [Absence(at(11.5), at(14.25))]
    versions = [Version(at(10), DAILY)]

    def made_up(seconds: float) -> int:
        runs = owed(versions, at(20), absences=away, deadline=timedelta(seconds=seconds))
        return len(list(runs))

    # Due at 12:30, and back an hour and three quarters later
    assert made_up(6300) == 1
    assert made_up(6299) == 0
    # An interval has no deadline
    every = owed([Version(at(10), EVERY)], at(15), absences=away, deadline=timedelta(seconds=1))
    assert [f"{run.at:%H:%M}" for run in every] == ["11:00", "14:15"]


def test_a_changed_row_counts_from_its_change() -> None:
    # Given a row that is edited, disabled and deleted
    versions = [
        Version(at(10), EVERY),
        Version(at(12.5), replace(EVERY, seconds=7200)),
        Version(at(15), replace(EVERY, enabled=False)),
        Version(at(17), EVERY),
        Version(at(18.5), None),
    ]
    # Then each change counts from its time on
    assert [f"{run.at:%H:%M}" for run in owed(versions, at(23))] == [
        "11:00", "12:00", "14:00", "18:00",
    ]  # fmt: skip


def test_absences_that_touch_are_one() -> None:
    joined = merged([Absence(at(3), at(4)), Absence(at(1), at(2)), Absence(at(2), at(2.5))])
    assert joined == [Absence(at(1), at(2.5)), Absence(at(3), at(4))]


@pytest.mark.parametrize(
    ("event", "latitude", "longitude", "expected"),
    [
        # Times from the almanacs of these places, to the minute
        ("sunrise", 52.52, 13.405, "02:43"),  # Berlin, 21 June 2026: 04:43 CEST
        ("sunset", 52.52, 13.405, "19:33"),
        ("sunrise", -33.87, 151.21, "21:00"),  # Sydney: 07:00 AEST on the 22nd
        ("sunset", 40.71, -74.01, "00:31"),  # New York: 20:31 EDT on the 20th
    ],
)
def test_the_sun_keeps_its_time(
    event: str, latitude: float, longitude: float, expected: str
) -> None:
    row = Row("sun", "solar", event=event, latitude=latitude, longitude=longitude)
    start = datetime(2026, 6, 21, tzinfo=UTC)
    (run,) = owed([Version(start, row)], start + timedelta(days=1))
    wanted = datetime.fromisoformat(f"2026-06-21T{expected}+00:00")
    assert abs(run.at - wanted) <= timedelta(minutes=2)
    assert run.tolerance_s == 180


def test_where_the_sun_does_not_set_nothing_is_owed() -> None:
    row = Row("arctic", "solar", event="sunset", latitude=69.65, longitude=18.96)
    start = datetime(2026, 6, 10, tzinfo=UTC)
    assert list(owed([Version(start, row)], start + timedelta(days=20))) == []


def test_an_unknown_event_or_zone_is_named() -> None:
    with pytest.raises(CrucibleError, match="'eclipse', which is no solar event"):
        told(Row("dark", "solar", event="eclipse"), at(20))
    with pytest.raises(CrucibleError, match="no time zone 'Europe/Atlantis'"):
        told(replace(DAILY, zone="Europe/Atlantis"), at(20))


def test_a_crontab_that_starts_later_keeps_to_its_times() -> None:
    # An interval is due at its start; a crontab at its first time from then on
    assert told(replace(DAILY, start_time=at(12)), at(20)) == ["02 12:30"]
    assert told(replace(DAILY, start_time=at(12.5)), at(20)) == ["02 12:30"]
    assert told(replace(DAILY, start_time=at(12.75)), at(13, 3)) == ["03 12:30"]
    # And so is one that has started long ago, or never runs before it expires
    assert told(replace(DAILY, start_time=at(1)), at(20)) == ["02 12:30"]
    assert told(replace(DAILY, start_time=at(12.75), expires=at(20)), at(20, 9)) == []


def test_a_one_off_that_is_enabled_again_owes_its_run_once_more() -> None:
    once = replace(EVERY, one_off=True)
    versions = [Version(at(10), once), Version(at(14), replace(once, switched_on=True))]
    assert [f"{run.at:%H:%M}" for run in owed(versions, at(23))] == ["11:00", "15:00"]
    # Whatever else of it is changed, it does not
    versions = [Version(at(10), once), Version(at(14), replace(once, task="other"))]
    assert [f"{run.at:%H:%M}" for run in owed(versions, at(23))] == ["11:00"]


def optional(row: Row, start: datetime, end: datetime, *absences: Absence) -> list[str]:
    """The times that may be sent with a question mark, the others without."""
    runs = owed([Version(start, row)], end, absences=absences)
    return [f"{run.at:%d %H:%M}{'?' if run.optional else ''}" for run in runs]


SUNRISE = Row("sun", "solar", event="sunrise", latitude=52.52, longitude=13.405)  # 2 June: 02:49


def test_near_what_decides_a_run_may_be_sent_and_is_not_owed() -> None:
    # At the end of the travel, to the second; a beat that wakes a little late has not sent it
    assert optional(EVERY, at(10), at(12) + timedelta(seconds=0.5)) == ["02 11:00", "02 12:00?"]
    assert optional(EVERY, at(10), at(12) + timedelta(seconds=5)) == ["02 11:00", "02 12:00"]
    # At the change of a row at the second at which it is due
    versions = [Version(at(10), DAILY), Version(at(12.5), replace(DAILY, task="other"))]
    runs = list(owed(versions, at(20)))
    assert [run.optional for run in runs] == [True]


def test_the_sun_at_an_edge_is_not_judged_to_the_second() -> None:
    rises = datetime(2026, 6, 2, 2, 48, 30, tzinfo=UTC)
    day = timedelta(days=1)
    # Given a travel that begins, or ends, or a beat that stops, within minutes of sunrise
    assert optional(SUNRISE, rises, rises + timedelta(hours=5)) == ["02 02:49?"]
    assert optional(SUNRISE, rises - day / 2, rises) == ["02 02:49?"]
    away = Absence(rises, rises + timedelta(hours=2))
    around = (rises - day / 2, rises + day / 2)
    assert optional(SUNRISE, *around, away) == ["02 02:49?", "02 04:48?"]
    # And one that is far from it
    assert optional(SUNRISE, *around) == ["02 02:49"]
    asleep = Absence(rises - timedelta(hours=1), rises + timedelta(hours=2))
    assert optional(SUNRISE, *around, asleep) == ["02 04:48"]
    week = Absence(rises - timedelta(hours=1), rises + timedelta(hours=2) + 7 * day)
    assert optional(SUNRISE, rises - day / 2, rises + 8 * day, week) == ["09 04:48", "10 02:44"]


def test_a_pole_where_the_sun_never_rises_ends() -> None:
    pole = replace(SUNRISE, latitude=90.0)
    start = datetime(2026, 12, 1, tzinfo=UTC)
    assert list(owed([Version(start, pole)], start + timedelta(days=30))) == []


def test_a_row_that_never_fires_owes_nothing_for_a_year() -> None:
    leap = Row("leap", "crontab", cron=Cron("0", "12", day_of_month="29", month_of_year="2"))
    start = datetime(2027, 1, 1, tzinfo=UTC)
    assert list(owed([Version(start, leap)], start + timedelta(days=365))) == []
    (run,) = owed([Version(start, leap)], start + timedelta(days=800))
    assert f"{run.at:%Y-%m-%d %H:%M}" == "2028-02-29 12:00"
