"""The real DatabaseScheduler on a real database: every kind of row, at every pace."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from harness.beat import actions
from harness.beat.bench import Bench
from harness.beat.oracle.dst_policy import DstPolicy
from harness.beat.plan import CAREFUL, LEAP, NAIVE, TravelPlan
from harness.beat.travel import Travel
from harness.errors import CrucibleError, Exit
from harness.event import FIRED
from harness.verdict import Outcome, Verdict
from tests.harness.beat.conftest import at

Journey = Callable[..., tuple[Travel, Verdict]]


START = "2026-10-24T12:00"
BERLIN = {"latitude": "52.52", "longitude": "13.405"}


def crontab(zone: str = "UTC", **fields: str) -> dict[str, str]:
    return {"timezone": zone, **fields}


def sent(travel: Travel) -> list[tuple[str, datetime]]:
    """Each run that was sent, by schedule."""
    return sorted(
        (event.detail["schedule"], datetime.fromisoformat(event.detail["at"]))
        for event in travel.events()
        if event.type == FIRED
    )


def test_each_kind_of_row_over_the_end_of_summer_time(journey: Journey) -> None:
    # Given rows of every kind and limit, in zones of every kind
    start = at(START)
    rows = {
        "interval": {"interval": {"every": 100, "period": "minutes"}},
        "fixed": {"crontab": crontab("Europe/Berlin", minute="30", hour="2")},
        "hourly": {"crontab": crontab("Europe/Berlin", minute="10")},
        "steps": {"crontab": crontab("UTC", minute="5-50/20", hour="*/6")},
        "office": {"crontab": crontab("Asia/Kolkata", minute="15", hour="9-17/2")},
        "negative": {"crontab": crontab("America/St_Johns", minute="0", hour="23")},
        "southern": {"crontab": crontab("Australia/Sydney", minute="45", hour="3,15")},
        "sunday": {"crontab": crontab("UTC", minute="0", hour="6", day_of_week="sun")},
        "lastday": {"crontab": crontab("UTC", minute="0", hour="7", day_of_month="31")},
        "sunrise": {"solar": {"event": "sunrise", **BERLIN}},
        "clocked": {"clocked": "2026-10-25T05:17:00+00:00", "one_off": True},
        "once": {"interval": {"every": 3, "period": "hours"}, "one_off": True},
        "expiring": {
            "interval": {"every": 1, "period": "hours"},
            "expires": "2026-10-24T15:30:00+00:00",
        },
        "disabled": {"interval": {"every": 1, "period": "hours"}, "enabled": False},
        "later": {
            "interval": {"every": 2, "period": "hours"},
            "start_time": "2026-10-24T17:20:00+00:00",
        },
        "express": {"interval": {"every": 5, "period": "hours"}, "queue": "fast", "priority": 7},
    }
    added = [actions.add(start, name, **columns) for name, columns in rows.items()]
    # When beat travels from before the change of clocks until after it
    travel, verdict = journey(START, "2026-10-26T00:00", *added)
    # Then every run was sent once, at its time, as RFC 5545 reads such times
    assert verdict.outcome is Outcome.VALID, verdict.evidence[:5]
    names = {name for name, _ in sent(travel)}
    assert names == rows.keys() - {"disabled", "lastday"}
    told = [e.detail for e in travel.events() if e.type == FIRED]
    express = [each for each in told if each["schedule"] == "express"]
    assert {(*each["queues"], each["priority"]) for each in express} == {("fast", 7)}


def test_where_celery_differs_from_cron_the_case_and_its_issue_are_named(journey: Journey) -> None:
    hourly = actions.add(at(START), "hourly", crontab=crontab("Europe/Berlin", minute="10"))
    _, verdict = journey(START, "2026-10-25T12:00", hourly, policy=DstPolicy.CRON)
    assert verdict.outcome is Outcome.INVALID
    (evidence,) = verdict.evidence
    assert "missed: hourly, due Sun 2026-10-25 02:10:00 CET" in evidence.sentence
    assert "celery/issues/10107" in evidence.sentence


# The night of a change of clocks: half an hour's, southern, negative, one that skips midnight.
NIGHTS = {
    "Australia/Lord_Howe": ("2026-10-03T12:07", "2026-10-03T18:00", "15", "2"),
    "Pacific/Auckland": ("2026-04-04T12:07", "2026-04-04T18:00", "30", "2"),
    "America/St_Johns": ("2026-11-01T02:07", "2026-11-01T08:00", "30", "1"),
    "America/Santiago": ("2026-09-06T01:37", "2026-09-06T08:00", "15", "0"),
}


@pytest.mark.parametrize("zone", NIGHTS)
def test_clocks_change_in_zones_of_every_kind(journey: Journey, zone: str) -> None:
    start, end, minute, hour = NIGHTS[zone]
    rows = {
        "changed": crontab(zone, minute=minute, hour=hour),
        "later": crontab(zone, minute="20", hour="3"),
        "elsewhere": crontab("Asia/Kolkata", minute="*/25"),
    }
    added = [actions.add(at(start), name, crontab=row) for name, row in rows.items()]
    every = actions.add(at(start), "interval", interval={"every": 40, "period": "minutes"})
    _, verdict = journey(start, end, *added, every)
    assert verdict.outcome is Outcome.VALID, verdict.evidence
    assert verdict.counts["schedules"] == 4


def test_the_leap_day_and_a_row_that_never_fires(journey: Journey) -> None:
    start = "2028-02-28T18:07"
    last = {"minute": "0", "hour": "0", "day_of_month": "29", "month_of_year": "2"}
    rows = {
        "leap-day": crontab("UTC", **last),
        "leap-day-ahead": crontab("Asia/Kolkata", **last),
        "leap-day-behind": crontab("America/St_Johns", **last),
        "march": crontab("UTC", **{**last, "day_of_month": "1", "month_of_year": "3"}),
        "never": crontab("UTC", **{**last, "day_of_month": "31", "month_of_year": "1"}),
    }
    added = [actions.add(at(start), name, crontab=row) for name, row in rows.items()]
    travel, verdict = journey(start, "2028-03-01T06:00", *added)
    assert verdict.outcome is Outcome.VALID, verdict.evidence
    assert [(name, f"{moment:%m-%d %H:%M}") for name, moment in sent(travel)] == [
        ("leap-day", "02-29 00:00"),
        ("leap-day-ahead", "02-28 18:30"),
        ("leap-day-behind", "02-29 03:30"),
        ("march", "03-01 00:00"),
    ]


@pytest.mark.parametrize("pace", [CAREFUL, LEAP])
def test_what_is_skipped_changes_no_run(journey: Journey, pace: str) -> None:
    # Given a beat that wakes every five seconds, and one that skips what it can. Nothing is due
    # in the first 300 s: the first change of an empty table is noticed no sooner, at any pace.
    start = at("2026-06-02T10:53")
    added = [
        actions.add(start, "interval", interval={"every": 7, "period": "minutes"}),
        actions.add(start, "crontab", crontab=crontab(minute="*/13")),
        actions.add(start, "fixed", crontab=crontab("Asia/Kolkata", minute="0", hour="17")),
        actions.add(start, "clocked", clocked="2026-06-02T11:31:17+00:00", one_off=True),
    ]
    window = ("2026-06-02T10:53", "2026-06-02T11:53")
    travel, exact = journey(*window, *added, pace=NAIVE)
    assert exact.outcome is Outcome.VALID, exact.evidence
    naive = sent(travel)
    travel.bench.clean()
    travel, exact = journey(*window, *added, pace=pace)
    # Then both send the same runs
    assert exact.outcome is Outcome.VALID, exact.evidence
    assert [name for name, _ in sent(travel)] == [name for name, _ in naive]
    for (_, one), (_, other) in zip(sent(travel), naive, strict=True):
        assert abs(one - other) < timedelta(seconds=1)


def refused(travel: Travel, minutes: int, *added: actions.Action) -> CrucibleError:
    """What is said of a travel with these rows, on the second journey: the first adds them."""
    start = at(START)
    travel.begin()
    travel.go(TravelPlan(start, start + timedelta(seconds=1), actions=added))
    later = start + timedelta(seconds=1)
    plan = TravelPlan(later, later + timedelta(minutes=minutes), resume=True)
    with pytest.raises(CrucibleError) as error:
        travel.go(plan)
    return error.value


def test_a_row_that_cannot_be_parsed_is_refused(bench: Bench) -> None:
    travel = Travel("beat", "a test", bench)
    # A validator of forms would refuse it; code, and SQL, do not ask one
    broken = actions.add(at(START), "broken", crontab=crontab(minute="0", hour="25"))
    error = refused(travel, 60, broken)
    assert error.exit_code is Exit.USAGE
    assert "'broken' cannot be parsed: crontab 0 25 * * *" in error.message


def test_far_too_many_runs_are_refused(bench: Bench) -> None:
    travel = Travel("beat", "a test", bench)
    busy = actions.add(at(START), "busy", interval={"every": 1, "period": "seconds"})
    error = refused(travel, 60 * 24 * 365, busy)
    assert "31,536,000 of them of 'busy'" in error.message
