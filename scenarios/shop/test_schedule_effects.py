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
    calendar.read("before")
    # When beat runs from Friday noon to Monday evening, and what it sends is run at its hour
    plan = TravelPlan(start, end, execute=True, actions=without_reconcile(travel, start))
    assert travel.go(plan) == 0
    # Then the schedule was exact, and each effect is there as often as the calendar says
    calendar.read("after")
    travel.expect(end)
    travel.judge()


def test_schedule_finds_stuck_orders(travel: Travel) -> None:
    """An order whose worker died in the middle of it, three hours ago: alerts; nothing is broken

    Kept by: every order that is not finished counts, not only one that nobody has begun."""
    start, end = FRIDAY_NOON, FRIDAY_NOON + timedelta(hours=2)
    calendar = Calendar(travel.bench, start, end)
    # Given an order that is charged, perhaps, and not completed
    calendar.stuck_order(created=start - timedelta(hours=3), status="processing")
    calendar.read("before")
    # When beat runs for two hours, and what it sends is run at its time
    plan = TravelPlan(start, end, execute=True, actions=without_reconcile(travel, start))
    assert travel.go(plan) == 0
    # Then the operators hear of it at every check
    calendar.read("after")
    travel.expect(end)
    travel.judge()


def without_reconcile(travel: Travel, start: datetime) -> list[Action]:
    """The hardened shop would finish the stuck order: here its sweep shall find it."""
    if travel.bench.wiring.variant != "hardened":
        return []
    return [actions.edit(start, "reconcile", enabled=False)]
