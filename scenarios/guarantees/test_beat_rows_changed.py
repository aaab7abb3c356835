"""Promise: a row that is edited, disabled, deleted or added on the way counts from then on."""

from datetime import datetime, timedelta

import pytest

from harness.beat import actions
from harness.beat.plan import TravelPlan
from harness.beat.travel import Travel

pytestmark = pytest.mark.promises("schedule-exact")


@pytest.mark.usefixtures("rows")
def test_beat_rows_changed(travel: Travel, start: datetime) -> None:
    """Rows are edited, disabled, enabled, deleted and added while beat runs"""

    def after(minutes: float) -> datetime:
        return start + timedelta(minutes=minutes)

    ten = {"every": 10, "period": "minutes"}
    plan = TravelPlan(
        start,
        end := after(24 * 60),
        actions=[
            # Given rows of every ten minutes, and one of every half hour
            actions.add(start, "crucible-edited", interval=ten),
            actions.add(start, "crucible-disabled", interval=ten),
            actions.add(start, "crucible-deleted", crontab={"minute": "*/30"}),
            # When one is edited, one disabled for a while, one deleted, one added
            actions.edit(after(95), "crucible-edited", interval={"every": 25, "period": "minutes"}),
            actions.edit(after(124), "crucible-disabled", enabled=False),
            actions.edit(after(247), "crucible-disabled", enabled=True),
            actions.delete(after(301), "crucible-deleted"),
            actions.add(after(333), "crucible-added", crontab={"minute": "5", "hour": "*/2"}),
        ],
    )
    travel.go(plan)
    # Then each counts from its change on
    travel.expect(end)
    travel.judge()
