"""The frozen run agrees with the real ``celery beat``, its clock sped up by libfaketime."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from harness import run_directory
from harness.beat import bench as benches
from harness.beat.bench import Bench, find_faketime
from harness.beat.plan import TravelPlan
from harness.errors import CrucibleError
from harness.event import FIRED, NODE_READY, Event
from harness.recorder import Recorder
from harness.target import load

TIMETABLE = Path(__file__).parents[2] / "targets" / "timetable" / "target.toml"
# New York, 1 November 2026: 01:00 comes at 05:00 and at 06:00 UTC
START = datetime(2026, 11, 1, 2, 40, tzinfo=UTC)
END = datetime(2026, 11, 1, 7, 20, tzinfo=UTC)
LAST = datetime(2026, 11, 1, 7, 0, tzinfo=UTC)
SPEED = 600  # one second late, on a busy machine, is ten minutes late here: below half an hour


@pytest.fixture
def faketime() -> None:
    """libfaketime: skipped on a laptop without it, wanted in CI."""
    try:
        find_faketime()
    except CrucibleError as error:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(error.hint)


@pytest.fixture
def timetable(tmp_path: Path) -> Iterator[Bench]:
    """A bench whose schedule lies in a file."""
    directory = run_directory.create("beat", tmp_path)
    recorder = Recorder(directory.history).start()
    with benches.opened(load(TIMETABLE), None, {}, directory, recorder) as bench:
        yield bench
    recorder.close()


def hourly(events: list[Event], since: datetime) -> list[datetime]:
    """When the hourly schedule ran, each to the nearest half hour before."""
    times = [
        datetime.fromisoformat(event.detail["at"])
        for event in events
        if event.type == FIRED and event.detail["schedule"] == "hourly"
    ]
    return [time.replace(minute=0, second=0, microsecond=0) for time in times if time > since]


@pytest.mark.usefixtures("faketime")
def test_the_frozen_run_agrees_with_the_real_process(timetable: Bench) -> None:
    # Given the real process at many times the speed, over the end of summer time
    real: list[Event] = []

    def enough(events: list[Event]) -> bool:
        real[:] = events
        return LAST in hourly(events, START)

    timetable.faked(START, SPEED, enough)
    ready = next(event for event in real if event.type == NODE_READY)
    since = datetime.fromisoformat(ready.detail["at"])
    assert since < datetime(2026, 11, 1, 4, 59, tzinfo=UTC), "it started too slowly to compare"
    # When the same is frozen
    seen = len(timetable.recorder.events)
    assert timetable.travel(TravelPlan(START, END)) == 0
    frozen = timetable.recorder.events[seen:]
    # Then both run the same hours, and both leave out the repeated one (celery/celery#10107)
    assert hourly(real, since) == hourly(frozen, since)
    assert datetime(2026, 11, 1, 6, tzinfo=UTC) not in hourly(frozen, since)
    assert hourly(frozen, since)[-1] == LAST
    # And intervals go on in the repeated hour
    repeated = [
        event.detail["at"]
        for event in frozen
        if event.type == FIRED and event.detail["schedule"] == "every-seven-minutes"
    ]
    gaps = pairwise(repeated)
    apart = {datetime.fromisoformat(b) - datetime.fromisoformat(a) for a, b in gaps}
    assert apart == {timedelta(minutes=7)}
