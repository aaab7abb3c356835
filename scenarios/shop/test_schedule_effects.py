"""Promise: the shop's periodic tasks do at their hour what they are for, no more and no less."""

from datetime import UTC, datetime, timedelta

import pytest

from harness.beat import actions
from harness.beat.plan import Action, TravelPlan
from harness.beat.travel import Travel
from scenarios.shop.calendar import Calendar

pytestmark = pytest.mark.promises("schedule-exact", "effects-match")

FRIDAY_NOON = datetime(2026, 10, 23, 12, tzinfo=UTC)
MONDAY_EVENING = datetime(2026, 10, 26, 18, tzinfo=UTC)


def test_schedule_effects(travel: Travel) -> None:
    """A long week-end: alerts, old sessions, Monday's digests, stock on weekdays"""
    start, end, days = FRIDAY_NOON, MONDAY_EVENING, timedelta(days=1)
    calendar = Calendar(travel.bench, start, end)
    # Given an order that is stuck, sessions around thirty days old, and four kinds of users
    calendar.stuck_order(created=start - timedelta(minutes=29))
    calendar.session("old", start - 40 * days)
    calendar.session("ages-on-saturday", start - 29.1 * days)
    calendar.session("ages-on-monday-noon", end - 30.2 * days)
    calendar.session("young", start - 2 * days)
    calendar.user("ada")
    calendar.user("grace")
    calendar.user("idle", active=False)
    calendar.user("quiet", digest=False)
    calendar.inventory()
    # When beat runs from Friday noon to Monday evening, and what it sends is run at its hour
    goes(travel, calendar, start, end)
    # Then the schedule was exact, and each effect is there as often as the calendar says
    travel.judge()


def test_schedule_finds_stuck_orders(travel: Travel) -> None:
    """An order whose worker died in the middle of it, three hours ago: alerts; nothing is broken

    Kept by: every order that is not finished counts, not only one that nobody has begun."""
    start, end = FRIDAY_NOON, FRIDAY_NOON + timedelta(hours=2)
    calendar = Calendar(travel.bench, start, end)
    # Given an order that is charged, perhaps, and not completed
    calendar.stuck_order(created=start - timedelta(hours=3), status="processing")
    # When beat runs for two hours, and what it sends is run at its time
    goes(travel, calendar, start, end)
    # Then the operators hear of it at every check
    travel.judge()


#: Each begins and ends half a minute beside what it is about.
WINDOWS = {
    # Monday: nothing at eight; at nine the digests, and the first count of the stock
    "digest": (datetime(2026, 10, 26, 7, 59, 30), datetime(2026, 10, 26, 9, 0, 30)),
    "tuesday": (datetime(2026, 10, 27, 8, 59, 30), datetime(2026, 10, 27, 9, 0, 30)),
    # The stock at five, and not at six; the stuck order each quarter of an hour
    "end-of-work": (datetime(2026, 10, 27, 16, 59, 30), datetime(2026, 10, 27, 18, 0, 30)),
    "midnight": (datetime(2026, 10, 27, 23, 59, 30), datetime(2026, 10, 28, 0, 0, 30)),
}


@pytest.mark.parametrize("window", WINDOWS)
def test_schedule_effects_at(travel: Travel, window: str) -> None:
    """A minute or an hour in which one thing must happen, and the others must not"""
    start, end = (moment.replace(tzinfo=UTC) for moment in WINDOWS[window])
    calendar = Calendar(travel.bench, start, end)
    # Given a stuck order, sessions that are thirty days old within seconds, and two users
    midnight = end.replace(hour=0, minute=0, second=0)
    age, moment = timedelta(days=30), timedelta(seconds=10)
    calendar.stuck_order(created=start - timedelta(hours=2))
    calendar.session("old", midnight - age - moment)
    calendar.session("not-yet-old", midnight - age + moment)
    calendar.user("ada")
    calendar.user("quiet", digest=False)
    calendar.inventory()
    # When beat runs, and what it sends is run at its hour
    goes(travel, calendar, start, end)
    # Then each effect is there as often as the calendar says
    travel.judge()


def goes(travel: Travel, calendar: Calendar, start: datetime, end: datetime) -> None:
    """Beat's way through the calendar, read before and after."""
    calendar.read("before")
    plan = TravelPlan(start, end, execute=True, actions=without_reconcile(travel, start))
    assert travel.go(plan) == 0
    calendar.read("after")
    travel.expect(end)


def without_reconcile(travel: Travel, start: datetime) -> list[Action]:
    """The hardened shop would finish the stuck order: here its sweep shall find it."""
    if travel.bench.wiring.variant != "hardened":
        return []
    return [actions.edit(start, "reconcile", enabled=False)]
