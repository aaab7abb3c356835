"""Promise: a clock that is put forward or back neither loses nor doubles a run."""

from datetime import datetime, timedelta

import pytest

from harness.beat import actions
from harness.beat.plan import TravelPlan
from harness.beat.travel import Travel

pytestmark = pytest.mark.promises("schedule-exact")


@pytest.mark.parametrize("seconds", [3600, -3600], ids=["forward", "back"])
def test_beat_clock_jumps(travel: Travel, start: datetime, seconds: int) -> None:
    """The machine's clock jumps by an hour while beat runs

    Put forward: what was leapt over is owed once. Put back: a time that comes again is owed no
    more than once; an interval waits until the clock has passed its last run by its length.
    """
    end = start + timedelta(days=1)
    jump = actions.clock_jump(start + timedelta(hours=5, minutes=7), seconds)
    travel.go(TravelPlan(start, end, actions=[jump]))
    travel.expect(end)
    travel.judge()
