"""A virtual year of the tutorial's schedule in how many seconds, and what share is the scheduler's.

Run ``python -m benchmarks.beat_year``; it exits 1 when the year takes more than a minute of one
core. The driver and PostgreSQL are kept on one core together (where the system can do that); the
limit to compare with is the time spent in the scheduler's own code (Celery, django-celery-beat and
the database below them), which no driver could save. ``--schedules N`` drives N rows instead.
"""

import argparse
import contextlib
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from harness import run_directory
from harness.beat import actions
from harness.beat import bench as benches
from harness.beat.bench import Bench
from harness.beat.plan import Action, TravelPlan
from harness.beat.travel import Travel
from harness.commands.options import stack_settings
from harness.event import FIRED, SCHEDULER_TIME, TRAVEL_BEGAN, TRAVEL_ENDED
from harness.recorder import Recorder
from harness.servers.install import ensure
from harness.target import load

SECONDS_MAX = 60.0
JANUARY = datetime(2026, 1, 1, tzinfo=UTC)
ROWS = Path(__file__).parents[1] / "tests" / "targets" / "rows" / "target.toml"


@dataclass(frozen=True, slots=True)
class Measurement:
    """One travel: how many runs, in how many seconds, of which the scheduler's own."""

    runs: int
    wall_s: float
    cpu_s: float
    scheduler_s: float  # of the driver's CPU time
    outcome: str


def rows(count: int) -> Iterator[Action]:
    """Rows of every kind of crontab and interval, each due some 30 to 90 times a month."""
    for number in range(count):
        # Not before 00:06: the first change of an empty table is noticed after 300 s at the latest.
        minute, hour = str(6 + number % 54), str(number % 24)
        name = f"row-{number}"
        if number % 3 == 0:
            every = {"every": 8 + number % 16, "period": "hours"}
            yield actions.add(JANUARY, name, interval=every)
        elif number % 3 == 1:
            yield actions.add(JANUARY, name, crontab={"minute": minute, "hour": hour})
        else:
            yield actions.add(JANUARY, name, crontab={"minute": minute, "hour": "*/12"})


def measure(bench: Bench, days: int, added: Sequence[Action], zone: str | None) -> Measurement:
    """Travel so many days and judge them; only the travel is timed."""
    end = JANUARY + timedelta(days=days)
    travel = Travel("beat", "benchmark", bench)
    travel.begin()
    plan = TravelPlan(JANUARY, end, zone=zone, actions=added)
    with one_core():
        code = travel.go(plan)
    assert code == 0, "the driver failed"
    travel.expect(end)
    try:
        travel.judge()
    except AssertionError as error:
        print(error)
    assert travel.judgement
    events = travel.events()
    began = next(event.mono for event in events if event.type == TRAVEL_BEGAN)
    ended = next(event for event in events if event.type == TRAVEL_ENDED)
    told = next(event for event in events if event.type == SCHEDULER_TIME)
    runs = sum(event.type == FIRED for event in events)
    seconds = (ended.mono - began) / 1e9
    return Measurement(
        runs, seconds, told.detail["cpu_s"], told.detail["scheduler_s"], travel.judgement.outcome
    )


@contextmanager
def one_core() -> Iterator[None]:
    """Keep this process and all it starts on one core; PostgreSQL, started before, joins it."""
    here = psutil.Process()
    if not hasattr(here, "cpu_affinity"):
        yield
        return
    before = here.cpu_affinity()
    family = [here, *here.children(recursive=True)]
    _keep(family, before[:1])
    try:
        yield
    finally:
        _keep([here, *here.children(recursive=True)], before)


def _keep(processes: Sequence[psutil.Process], cores: Sequence[int]) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.cpu_affinity(list(cores))


@contextmanager
def opened(schedules: int) -> Iterator[Bench]:
    """The bundled system's bench, or, for many schedules, that of an empty table."""
    settings = stack_settings(None, "as_written")
    target, variant = (load(ROWS), None) if schedules else (settings.target, settings.variant)
    servers = ensure(benches.needed_servers(target))
    with tempfile.TemporaryDirectory() as folder:
        directory = run_directory.create("beat", Path(folder))
        recorder = Recorder(directory.history).start()
        try:
            with benches.opened(target, variant, servers, directory, recorder) as bench:
                yield bench
        finally:
            recorder.close()


def conclude(title: str, done: Measurement, limit: float | None) -> int:
    """Print the table; 1 if the travel took too long or was not exact."""
    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    table.add_column("figure")
    table.add_column("value", justify="right")
    table.add_column("limit", justify="right")
    share = done.scheduler_s / done.cpu_s
    for name, value, bound in (
        ("seconds", f"{done.wall_s:.1f}", f"at most {limit:.0f}" if limit else ""),
        ("CPU seconds of the driver", f"{done.cpu_s:.1f}", ""),
        ("of them in the scheduler's own code", f"{done.scheduler_s:.1f}", ""),
        ("share of the scheduler's own code", f"{share:.3f}", ""),
        ("runs", f"{done.runs:,}", ""),
        ("microseconds a run", f"{done.wall_s / max(1, done.runs) * 1e6:.0f}", ""),
        ("outcome", done.outcome, "valid"),
    ):
        table.add_row(name, value, bound)
    load_, _, _ = os.getloadavg()
    table.add_row("machine's load meanwhile", f"{load_:.1f}", "")
    Console().print(table)
    return int((limit is not None and done.wall_s > limit) or done.outcome != "valid")


def main() -> int:
    """Measure and conclude."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=0, help="default: a year; a month with N rows")
    parser.add_argument("--schedules", type=int, default=0, metavar="N")
    options = parser.parse_args()
    days = options.days or (31 if options.schedules else 365)
    began = time.monotonic()
    with opened(options.schedules) as bench:
        zone = None if options.schedules else "Europe/Berlin"
        done = measure(bench, days, list(rows(options.schedules)), zone)
    what = f"{options.schedules} schedules" if options.schedules else "the tutorial's schedule"
    title = f"{days} days of {what} ({time.monotonic() - began:.0f} s with everything around it)"
    return conclude(title, done, SECONDS_MAX if not options.schedules and days == 365 else None)


if __name__ == "__main__":
    raise SystemExit(main())
