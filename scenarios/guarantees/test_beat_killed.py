"""Promise: no run is sent twice although beat is killed before it saved that it had sent it."""

from datetime import datetime, timedelta
from signal import SIGKILL

import pytest

from harness.beat import actions
from harness.beat.plan import TravelPlan
from harness.beat.travel import Travel
from harness.event import BEAT_KILLED

pytestmark = [
    pytest.mark.promises("schedule-exact"),
    # Beat sends first and saves later: what it had sent and not saved, it sends again.
    pytest.mark.known_weakness(
        "schedule-exact",
        "Beat notes a run after it has sent it, so that one it was killed in between is sent "
        "again: at least once, not once (celery/beat.py, Scheduler.apply_async)",
        covers="doubled: crucible-quarterly",
    ),
]


@pytest.mark.usefixtures("rows")
def test_beat_killed_between_sending_and_saving(travel: Travel, start: datetime) -> None:
    """SIGKILL after a run was sent, before that was saved; started again a minute later"""
    # Given a row that runs every quarter of an hour, when nothing else does
    row = "crucible-quarterly"
    quarterly = actions.add(start, row, crontab={"minute": "7,22,37,52"})
    killed, end = start + timedelta(hours=2), start + timedelta(hours=5)
    # When beat is killed between sending it and saving that
    plan = TravelPlan(start, end, actions=[quarterly, actions.kill_after_sending(killed, row)])
    assert travel.go(plan) == -SIGKILL
    # And started again by its supervisor, a minute after it died
    died = next(event for event in travel.events() if event.type == BEAT_KILLED)
    again = datetime.fromisoformat(died.detail["at"]) + timedelta(minutes=1)
    assert travel.go(TravelPlan(again, end, resume=True)) == 0
    # Then each run was sent
    travel.expect(end)
    travel.judge()
