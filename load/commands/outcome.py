"""Performs a load, and tells what it came to."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer
from rich.console import Console
from rich.table import Table

from harness import history, run_directory
from harness.checkers.conclusion import OTHERS_PERCENT_MAX, others_percent
from harness.checkers.stages import PAGE, RESULT, RUN, TOTAL, WAIT
from harness.commands.progress import live
from harness.commands.rendering import render_error, render_judgement
from harness.errors import CrucibleError, Exit
from harness.run import Run
from harness.servers.cache import Progress
from harness.session import Session
from harness.stack import StackSettings
from harness.verdict import Outcome
from load import figures
from load.capacity import Capacity, search
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

    with ExitStack() as exits:
        with live(console) as progress:  # shown only until the stack is up
            run, session = exits.enter_context(_up(console, progress, stack, seed, reports))
            loaded = exits.enter_context(loading(plan, run, session))
            loaded.locust.start()
        try:
            (_headless if plan.locust.headless else _by_hand)(console, loaded)
            console.print("Waiting until the backlog is gone.", style="dim")
            loaded.judge()
        except KeyboardInterrupt:
            run.aborted = True
            loaded.give_up("It was interrupted.")
        except CrucibleError as error:  # what was judged before is kept
            run.aborted = True
            loaded.give_up(error.message)
            render_error(console, error)
        figures.write(run.directory.path, loaded.timings)
    run.finish()
    return run


def capacity_found(
    console: Console, plan: LoadPlan, stack: StackSettings, seed: int, reports: Path
) -> tuple[Run, Capacity]:
    """Try rates, each as a load of its own on one stack, until the highest that holds is known."""
    from load.load_run import tried

    assert plan.shape
    start = plan.shape.rate
    with ExitStack() as exits:
        with live(console) as progress:
            run, session = exits.enter_context(_up(console, progress, stack, seed, reports))

        def holds(rate: float, number: int) -> bool:
            verdict = tried(plan.at(rate, number), run, session, plan.thresholds)
            held = verdict.outcome is Outcome.VALID
            word = "holds" if held else "does not hold"
            console.print(f"{rate:8g}/s {word}: {verdict.summary}", highlight=False)
            return held

        try:
            found = search(start, holds)
        except KeyboardInterrupt:
            run.aborted, found = True, Capacity()
    found.write(run.directory.path)
    run.finish()
    return run, found


@contextmanager
def _up(
    console: Console, progress: Progress, stack: StackSettings, seed: int, reports: Path
) -> Iterator[tuple[Run, Session]]:
    run = Run(SUITE, seed, staged(stack), run_directory.create(SUITE, reports), progress)
    console.print(f"seed {seed}", highlight=False)
    with run.session() as session:
        yield run, session


def told_capacity(console: Console, run: Run, found: Capacity) -> int:
    """Print what was found; the exit code: 1 also if no rate holds."""
    render_judgement(console, run.judgement)
    console.print(found.sentence(), style="bold", highlight=False)
    if (others := others_percent(history.read(run.directory.history), 0)) > OTHERS_PERCENT_MAX:
        busy = f"Meanwhile other work took {others} % of the machine: a quiet one may carry more."
        console.print(busy, style="yellow", highlight=False)
    console.print(f"Report: {run.directory.report}", soft_wrap=True, highlight=False)
    code = run.judgement.exit_code
    return int(Exit.BROKEN if code is Exit.VALID and found.holds is None else code)


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
    loaded.locust.stop()


def _table(rows: list[dict[str, Any]]) -> Table:
    """A row for each task and page: its total, and what most of it is made of."""
    table = Table(
        title="From the history, in ms (wait, run, result: p99)",
        header_style="bold",
        border_style="dim",
    )
    table.add_column("task or page", overflow="fold")
    for heading in ("count", "p50", "p95", "p99", "max", "wait", "run", "result"):
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
    if not isinstance(value, float):
        return str(value)
    return f"{value:.1f}" if value < 1000 else f"{value:.0f}"
