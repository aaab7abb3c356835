"""Limits and options of a row: a sound beat is acquitted, one with a defect is convicted."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from harness.beat import actions
from harness.beat.bench import Bench
from harness.beat.plan import TravelPlan
from harness.beat.travel import OPTIONS, Travel
from harness.verdict import Outcome, Verdict
from tests.harness.beat.conftest import at

START, END = "2026-06-02T03:07", "2026-06-02T09:00"
HOURLY = {"every": 1, "period": "hours"}
PLACE = {"latitude": "52.52", "longitude": "13.405"}  # Berlin: sunset at 19:18 UTC
#: What each row is for; all of them are sound.
ROWS: dict[str, dict[str, Any]] = {
    "expires": {"interval": HOURLY, "expires": "2026-06-02T06:30:00+00:00"},
    "starts": {"interval": HOURLY, "start_time": "2026-06-02T05:20:00+00:00"},
    "once": {"interval": HOURLY, "one_off": True},
    "named": {"interval": HOURLY, "queue": "fast", "priority": 7, "expire_seconds": 90},
    "routed": {"interval": HOURLY, "exchange": "elsewhere", "routing_key": "some.key"},
    "zone": {"crontab": {"minute": "30", "hour": "9", "timezone": "Asia/Kolkata"}},
    "zone-negative": {"crontab": {"minute": "5", "hour": "2", "timezone": "America/St_Johns"}},
    "zone-south": {"crontab": {"minute": "0", "hour": "17", "timezone": "Australia/Lord_Howe"}},
    "clocked": {"clocked": "2026-06-02T04:44:44+00:00", "one_off": True},
    "sun": {"solar": {"event": "solar_noon", "latitude": "10", "longitude": "90"}},
}


@pytest.fixture
def scheduler(bench: Bench) -> Iterator[Callable[[str], None]]:
    """Lets the bench's beat be started with another scheduler."""
    own = bench.target

    def choose(name: str) -> None:
        assert own.beat
        beat = own.beat.model_copy(update={"arguments": f"--scheduler {name}"})
        bench.target = own.model_copy(update={"beat": beat})

    yield choose
    bench.target = own


def judged(bench: Bench, rows: dict[str, dict[str, Any]]) -> dict[str, Verdict]:
    """The verdicts over some hours in which these rows are there."""
    travel = Travel("beat", "limits", bench)
    travel.guarantees = {"schedule-exact": {}, OPTIONS: {}}
    travel.begin()
    added = [actions.add(at(START), name, **columns) for name, columns in rows.items()]
    assert travel.go(TravelPlan(at(START), at(END), actions=added)) == 0
    travel.expect(at(END))
    return travel.verdicts()


def test_a_sound_beat_keeps_limits_and_options(bench: Bench) -> None:
    exact, options = judged(bench, ROWS).values()
    assert exact.outcome is Outcome.VALID, exact
    assert options.outcome is Outcome.VALID, options
    # Given five hours: what expires ran three times, what starts later four times, and so on
    counts = {"expires": 3, "starts": 4, "once": 1, "named": 5, "routed": 5}
    assert exact.counts["due"] == sum(counts.values()) + 5
    # What has a priority, an expiry or a route: all but the rows without
    assert options.counts["judged"] == counts["expires"] + counts["named"] + counts["routed"]


@pytest.mark.parametrize(
    ("name", "row", "said"),
    [
        ("IgnoresExpiry", "expires", "expires"),
        ("IgnoresStart", "starts", "starts"),
        ("IgnoresOneOff", "once", "once"),
        ("IgnoresZones", "zone", "missed: zone, due Tue 2026-06-02 09:30:00 IST"),
        ("IsEarly", "clocked", "shifted: clocked, due Tue 2026-06-02 04:44:44 UTC"),
        ("IsEarly", "sun", "shifted: sun, due Tue 2026-06-02 05:57"),
        ("DisablesItsRows", "named", "missed: named"),
        ("Crashes", "named", "crashed: beat ended of itself"),
    ],
)
def test_a_defect_is_convicted(
    bench: Bench, scheduler: Callable[[str], None], name: str, row: str, said: str
) -> None:
    scheduler(f"broken:{name}")
    exact, _ = judged(bench, {row: ROWS[row]}).values()
    assert exact.outcome is Outcome.INVALID, exact
    assert any(said in evidence.sentence for evidence in exact.evidence), exact.evidence


def test_lost_options_are_convicted(bench: Bench, scheduler: Callable[[str], None]) -> None:
    scheduler("broken:LosesOptions")
    exact, options = judged(bench, {"named": ROWS["named"]}).values()
    assert exact.outcome is Outcome.VALID, exact
    assert options.outcome is Outcome.INVALID
    told = options.evidence[0].sentence
    assert "its priority is 0, not 7; it went to 'celery', not to 'fast'; it never expires" in told


@pytest.mark.xfail(reason="django-celery-beat#912, open in 2.9.0", strict=True)
def test_a_crontab_that_starts_later_keeps_to_its_times(bench: Bench) -> None:
    # Not at the start itself, where beat sends it (or up to five minutes later)
    late = {"crontab": {"minute": "50", "hour": "*"}, "start_time": "2026-06-02T05:20:00+00:00"}
    exact, _ = judged(bench, {"late": late}).values()
    assert exact.outcome is Outcome.VALID, exact
