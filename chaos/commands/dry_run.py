"""Prints the schedules that would be applied; nothing is started for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import cast

from rich.console import Console
from rich.table import Table
from rich.text import Text

from chaos.nemesis.candidate import candidates
from chaos.nemesis.generator import generate
from chaos.nemesis.orders import Orders
from chaos.nemesis.schedule import Schedule
from harness.commands.progress import live
from harness.recorder import Recorder
from harness.run import needed_servers
from harness.run_directory import RunDirectory
from harness.servers.install import ensure
from harness.session import Session
from harness.stack import Stack, StackSettings


def show(console: Console, settings: StackSettings, orders: Orders, seed: int) -> None:
    """Print a table for each schedule."""
    for schedule in orders.schedules or tuple(_generated(console, settings, orders, seed)):
        console.print(_table(schedule))


def _generated(
    console: Console, settings: StackSettings, orders: Orders, seed: int
) -> Iterator[Schedule]:
    with planned(console, settings) as session:
        offered = candidates(session, orders.wish.faults, orders.wish.without)
    for number in range(orders.runs):
        yield generate(seed + number, orders.wish, offered)


@contextmanager
def planned(console: Console, settings: StackSettings) -> Iterator[Session]:
    """A session as far as candidates look at it: a stack whose nodes are made, not started."""
    with TemporaryDirectory() as temporary, live(console) as progress:
        directory = RunDirectory(Path(temporary) / "dry" / "run")
        directory.nodes.mkdir(parents=True)
        recorder = Recorder(directory.history)
        stack = Stack(settings, ensure(needed_servers(settings), progress), directory, recorder)
        try:
            stack.make_nodes()
            yield cast("Session", SimpleNamespace(stack=stack))
        finally:
            stack.stop()
            recorder.close()


def _table(schedule: Schedule) -> Table:
    title = f"Seed {schedule.seed}: {schedule.duration_s:g} s, {schedule.operations} operations"
    table = Table(title=title, box=None, pad_edge=False, header_style="bold", title_justify="left")
    for heading in ("after", "for"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("fault", overflow="fold")
    for step in schedule.steps:
        table.add_row(f"{step.at_s:.1f} s", f"{step.for_s:.1f} s", Text(str(step)))
    return table
