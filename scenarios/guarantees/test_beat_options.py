"""Promise: what a row names of its messages is in each of them: queue, key, priority, expiry."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from harness.beat import actions
from harness.beat.plan import TravelPlan
from harness.beat.travel import Travel

pytestmark = pytest.mark.promises("schedule-exact", "schedule-options-arrive")

TEN = {"every": 10, "period": "minutes"}


@pytest.mark.usefixtures("rows")
def test_beat_options(travel: Travel, start: datetime) -> None:
    """Rows that name a queue, a route, a priority, an expiry"""
    # Given one of the target's own queues, since it may refuse any other
    queue = travel.bench.target.workers[-1].queues[-1]
    end = start + timedelta(hours=3)
    rows: dict[str, dict[str, Any]] = {
        "crucible-queue": {"queue": queue},
        "crucible-priority": {"priority": 3},
        "crucible-expiry": {"expire_seconds": 600},
        "crucible-limit": {"expires": (start + timedelta(hours=1)).isoformat()},
        "crucible-route": {"exchange": "crucible", "routing_key": "crucible.key"},
    }
    # When each runs every ten minutes, and one is sent elsewhere on the way
    moved = actions.edit(start + timedelta(minutes=95), "crucible-priority", priority=8)
    added = [actions.add(start, name, interval=TEN, **named) for name, named in rows.items()]
    travel.go(TravelPlan(start, end, actions=[*added, moved]))
    # Then each message carries what its row names
    travel.expect(end)
    travel.judge()
