"""``crucible run``: run scenario suites and say the verdict."""

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import pytest
import typer
from rich.console import Console

from harness.commands.options import (
    BrokerOption,
    InterpreterOption,
    ReportsOption,
    RuntimeOption,
    ScaleOption,
    TargetOption,
    VariantOption,
)
from harness.commands.progress import live
from harness.commands.quiet_reporter import QuietReporter
from harness.commands.rendering import render_judgement
from harness.errors import CrucibleError, Exit
from harness.run import Run
from harness.run_directory import REPORTS
from harness.runtime import LOCAL
from harness.runtime.choice import require

DEFAULT_SUITE = "shop"
CORE = "core"  # the marker of those of its scenarios that are run when no suite is named


def run(
    suites: Annotated[
        list[str] | None,
        typer.Argument(help="suites by name (shop, guarantees) or path [default: shop's core]"),
    ] = None,
    keyword: Annotated[
        str, typer.Option("-k", metavar="NAME", help="only scenarios whose name matches")
    ] = "",
    target: TargetOption = None,
    variant: VariantOption = None,
    broker: BrokerOption = None,
    runtime: RuntimeOption = LOCAL,
    scale: ScaleOption = None,
    interpreter: InterpreterOption = None,
    seed: Annotated[int | None, typer.Option(help="repeat a run's workload and times")] = None,
    reports: ReportsOption = REPORTS,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="pytest's own output")] = False,
) -> None:
    """Run scenarios against a target and say the verdict, with evidence.

    Examples: [bold]crucible run[/bold] · [bold]crucible run -k kill --variant as_written[/bold]
    """
    console = Console()
    require(runtime)  # pytest would skip
    arguments = [*(str(suite_path(suite)) for suite in suites or [DEFAULT_SUITE])]
    options = {
        "--crucible-target": target,
        "--crucible-variant": variant,
        "--crucible-broker": broker,
        "--crucible-runtime": runtime,
        "--crucible-interpreter": interpreter,
        "--crucible-seed": seed,
        "--crucible-reports": reports,
        "-k": keyword or None,
    }
    for option, value in options.items():
        arguments += [] if value is None else [option, str(value)]
    for each in scale or ():
        arguments += ["--crucible-scale", each]
    if not suites:
        arguments += ["-m", CORE]
    finished = run_pytest(console, arguments, verbose)
    raise typer.Exit(int(finished.judgement.exit_code))


def run_pytest(
    console: Console, arguments: list[str], verbose: bool, *, evidence: bool = True
) -> Run:
    """Run scenarios by pytest's arguments, and say the verdict: with its evidence, or without.

    Raises:
        CrucibleError: nothing was run, or the run was aborted.
    """
    finished = _pytest(console, arguments, verbose)
    if finished.failure:
        raise finished.failure
    if finished.run is None:
        raise _nothing_ran(finished)
    if not verbose:
        render_judgement(console, finished.run.judgement, evidence=evidence)
    console.print(f"Report: {finished.run.directory.report}", soft_wrap=True, highlight=False)
    return finished.run


def _pytest(console: Console, arguments: list[str], verbose: bool) -> QuietReporter:
    # A project's own addopts are for its own tests, and may name options we switch off.
    arguments += ["-o", "addopts=", "-p", "no:cacheprovider", "--import-mode=importlib"]
    arguments += ["--rootdir", str(root())]
    if verbose:
        reporter = QuietReporter(print)
        pytest.main(arguments, plugins=[reporter])
        return reporter
    with live(console) as progress:
        reporter = QuietReporter(progress)
        pytest.main([*arguments, "-p", "no:terminal"], plugins=[reporter])
    return reporter


def suite_path(suite: str) -> Path:
    """A suite's folder: a path as given, or one of the suites that Crucible brings along."""
    if Path(suite).exists():
        return Path(suite)
    bundled = root() / "scenarios"
    if (bundled / suite).is_dir():
        return bundled / suite
    known = sorted(path.name for path in bundled.iterdir() if (path / "conftest.py").exists())
    raise CrucibleError(
        f"There is no suite {suite!r}.", hint=f"Name a path, or one of: {', '.join(known)}."
    )


def root() -> Path:
    """Where Crucible's packages lie."""
    found = find_spec("scenarios")
    assert found
    assert found.origin
    return Path(found.origin).parent.parent


def _nothing_ran(reporter: QuietReporter) -> CrucibleError:
    if reporter.errors:
        return CrucibleError(
            "The suite could not be read:\n" + "\n".join(reporter.errors),
            hint="Run it with --verbose to see all of pytest's output.",
        )
    if reporter.skipped:
        return CrucibleError(
            "No scenario was run: all that match were skipped.\n"
            + "\n".join(f"{name}: {reason}" for name, reason in reporter.skipped.items()),
            hint="Choose others with -k, or another broker with --broker.",
        )
    return CrucibleError(
        "No scenario was run: none matches.",
        hint="See what there is with: pytest --collect-only -q scenarios",
        exit_code=Exit.USAGE,
    )
