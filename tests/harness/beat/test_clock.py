"""The driver's frozen clock: it tells two repeated hours apart, and leaves evidence alone."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from harness.beat import freezing
from harness.beat.bench import INSIDE

PROGRAM = """
import json, time
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo
from crucible_beat_clock import Clock, iso
from crucible_beat_evidence import real_seconds
berlin = ZoneInfo("Europe/Berlin")
clock = Clock(datetime(2026, 10, 25, 0, 30, tzinfo=timezone.utc))
began = real_seconds()
shown = []
for _ in range(2):
    now = datetime.now(timezone.utc)
    shown += [str(datetime.now(berlin)), str(now.astimezone(berlin)), str(time.time())]
    clock.move_to(clock.now + timedelta(hours=1))
late = clock.after(900.0 - 0.01)
print(json.dumps({"shown": shown, "late": iso(late), "real": real_seconds() - began}))
"""


ON_THE_WALL = """
import json
from datetime import datetime, timedelta, timezone
from crucible_beat_clock import Clock
clock = Clock(datetime(2026, 10, 25, 0, 30, tzinfo=timezone.utc))
shown = []
for _ in range(3):
    naive = datetime.now()
    shown.append([str(naive), naive.fold, naive.timestamp() == clock.now.timestamp()])
    clock.move_to(clock.now + timedelta(hours=1))
print(json.dumps(shown))
"""


def told(program: str, tmp_path: Path, **environment: str) -> Any:
    """What a program prints, with freezegun, and nothing else of ours, on its path."""
    path = f"{INSIDE}:{freezing.directory(tmp_path)}"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": path, "PATH": "/usr/bin", **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_naive_times_are_those_of_the_processs_zone(tmp_path: Path) -> None:
    # Django sets it: a beat that compares naive times must see what it would see
    assert told(ON_THE_WALL, tmp_path, TZ="Europe/Berlin") == [
        ["2026-10-25 02:30:00", 0, True],
        ["2026-10-25 02:30:00", 1, True],
        ["2026-10-25 03:30:00", 0, True],
    ]


def test_the_frozen_clock(tmp_path: Path) -> None:
    # When a process looks at its clock in both hours that Berlin calls two o'clock
    seen = told(PROGRAM, tmp_path)
    # Then it can tell them apart (freezegun alone cannot: its issues 422 and 596)
    first, second = "2026-10-25 02:30:00+02:00", "2026-10-25 02:30:00+01:00"
    assert seen["shown"] == [first, first, "1792888200.0", second, second, "1792891800.0"]
    # And lands just past what is due, not 10 ms before it
    assert seen["late"] == "2026-10-25T02:45:00.000000+00:00"
    # While evidence has the machine's own time
    assert seen["real"] < 60


def test_nothing_but_freezegun_is_added_to_the_targets_path(tmp_path: Path) -> None:
    folder = freezing.directory(tmp_path)
    assert [path.name for path in folder.iterdir()] == ["freezegun"]
