"""The driver's frozen clock: it tells two repeated hours apart, and leaves evidence alone."""

import json
import subprocess
import sys
from pathlib import Path

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


def test_the_frozen_clock(tmp_path: Path) -> None:
    # Given a process with freezegun, and nothing else of ours, on its path
    path = f"{INSIDE}:{freezing.directory(tmp_path)}"
    environment = {"PYTHONPATH": path, "PATH": "/usr/bin"}
    # When it looks at its clock in both hours that Berlin calls two o'clock
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    seen = json.loads(done.stdout)
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
