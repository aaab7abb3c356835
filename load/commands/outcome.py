"""Performs a load, and tells what it came to."""

import signal
import time
from contextlib import ExitStack, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer
from rich.console import Console
from rich.table import Table

from harness import run_directory
from harness.checkers.stages import PAGE, RESULT, RUN, TOTAL, WAIT
from harness.commands.progress import live
from harness.commands.rendering import render_judgement
from harness.errors import CrucibleError
from harness.run import Run
from harness.stack import StackSettings
from load import figures
from load.load_plan import SUITE, LoadPlan, staged

if TYPE_CHECKING:
    from load.load_run import LoadRun

LOOK_SECONDS: Final = 0.2


def require_locust() -> None:
    """See that what a load needs is installed.

    Raises:
        CrucibleError: it is not.
    """
    missing = [name for name in ("locust", "hdrh") if find_spec(name) is None]
    if missing:
        raise CrucibleError(
            f"`crucible load` needs what is not installed: {', '.join(missing)}.",
            hint="Install it: pip install 'celery-crucible[load]'.",
        )


def performed(
    console: Console, plan: LoadPlan, stack: StackSettings, seed: int, reports: Path
) -> Run:
    """Run the stack, load it, judge it, and write the run directory."""
    from load.load_run import loading

    directory = run_directory.create(SUITE, reports)
    run = Run(SUITE, seed, staged(stack), directory)
    console.print(f"seed {seed}", highlight=False)
    with ExitStack() as exits:
        with live(console) as progress:  # shown only until the stack is up
            run.progress = progress
            session = exits.enter_context(run.session())
            loaded = exits.enter_context(loading(plan, run, session))
            loaded.locust.start()
        try:
            (_headless if plan.locust.headless else _by_hand)(console, loaded)
        except KeyboardInterrupt:
            run.aborted = True
        console.print("Waiting until the backlog is gone.", style="dim")
        loaded.judge()
        figures.write(directory.path, loaded.timings)
    run.finish()
    return run


def told(console: Console, run: Run, *, as_json: bool) -> int:
    """Print the judgement; the exit code."""
    judgement = run.judgement
    if as_json:
        typer.echo(judgement.to_json(), nl=False)
    else:
        console.print(_table(figures.read(run.directory.path)))
        render_judgement(console, judgement)
        console.print(f"Report: {run.directory.report}", soft_wrap=True, highlight=False)
    return int(judgement.exit_code)


def _headless(console: Console, loaded: "LoadRun") -> None:
    shape = loaded.plan.shape
    assert shape
    said = f"{shape.kind} load, up to {shape.rate:g}/s, for {shape.duration:g} s"
    console.print(f"Loading: {said}. Ctrl-C aborts.", highlight=False)
    loaded.locust.wait()


def _by_hand(console: Console, loaded: "LoadRun") -> None:
    """Until Ctrl-C, or until somebody ends Locust."""
    loaded.locust.wait_for_ui()
    console.print(f"Locust: {loaded.locust.url} (its tab Crucible breaks and heals)", style="bold")
    console.print("Ctrl-C ends the load and judges it.", style="green")
    with suppress(KeyboardInterrupt):
        while loaded.locust.running():
            time.sleep(LOOK_SECONDS)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    loaded.locust.stop()


def _table(rows: list[dict[str, Any]]) -> Table:
    """A row for each task and page: its total, and what most of it is made of."""
    table = Table(title="From the history, in ms", header_style="bold", border_style="dim")
    table.add_column("task or page", overflow="fold")
    for heading in ("count", "p50", "p95", "p99", "max", "wait p99", "run p99", "result p99"):
        table.add_column(heading, justify="right")
    known = {(row["stage"], row["task"]): row for row in rows}
    for (stage, task), row in known.items():
        if stage in (TOTAL, PAGE):
            own = (row.get(key) for key in ("count", "p50_ms", "p95_ms", "p99_ms", "max_ms"))
            parts = (known.get((each, task), {}).get("p99_ms") for each in (WAIT, RUN, RESULT))
            table.add_row(str(task), *map(_cell, (*own, *parts)))
    return table


def _cell(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.1f}" if isinstance(value, float) else str(value)
