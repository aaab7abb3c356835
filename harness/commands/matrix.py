"""``crucible matrix``: one suite on several interpreters, side by side."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from harness import versions
from harness.commands.options import (
    BrokerOption,
    ReportsOption,
    TargetOption,
    VariantOption,
    stack_settings,
)
from harness.commands.run import run_pytest, suite_path
from harness.commands.signs import plain, signed
from harness.errors import CrucibleError, Exit
from harness.judgement import exit_of
from harness.matrix import Cell, Column, Matrix, MatrixRun
from harness.report.wording import NOT_JUDGED, sign
from harness.run_directory import REPORTS
from harness.verdict import Outcome

ASK_SECONDS_MAX: Final = 30.0


def matrix(
    suites: Annotated[list[str], typer.Argument(help="suites by name (guarantees) or path")],
    interpreter: Annotated[
        list[Path], typer.Option("--interpreter", metavar="PYTHON", help="may be repeated")
    ],
    keyword: Annotated[
        str, typer.Option("-k", metavar="NAME", help="only scenarios whose name matches")
    ] = "",
    times: Annotated[int, typer.Option(help="runs on each, in turn", min=1)] = 1,
    target: TargetOption = None,
    variant: VariantOption = None,
    broker: BrokerOption = None,
    seed: Annotated[int | None, typer.Option(help="of every run [default: each its own]")] = None,
    reports: ReportsOption = REPORTS,
) -> None:
    """Run a suite on several interpreters, such as ones with other releases, and compare.

    Each run has a run directory of its own; the table is kept as JSON in reports/matrix.

    Example: [bold]crucible matrix guarantees --target target.toml --interpreter old/bin/python
    --interpreter new/bin/python --times 3 -k link[/bold]
    """
    console = Console()
    stack_settings(target, variant, broker=broker)  # refuses what no interpreter could mend
    options = {
        "--target": target,
        "--variant": variant,
        "--broker": broker,
        "--seed": seed,
        "--reports": reports,
        "-k": keyword or None,
    }
    words = [str(suite_path(suite)) for suite in suites]
    for option, value in options.items():
        words += [] if value is None else [option, str(value)]
    compared = Matrix([Column(str(python), _versions(python)) for python in interpreter])
    for number in range(times):
        for column in compared.columns:
            console.rule(f"run {number + 1} of {times}: {_label(column, ('celery', 'kombu'))}")
            column.runs.append(_run(console, [*words, "--interpreter", column.interpreter]))
    console.print(_compared(console, compared))
    _evidence(console, compared)
    path = _kept(compared, reports)
    console.print(f"Matrix: {path}", soft_wrap=True, highlight=False)
    raise typer.Exit(int(exit_of(compared.outcome)))


def _run(console: Console, words: list[str]) -> MatrixRun:
    """One run; that it could not be made is part of the comparison."""
    try:
        run = run_pytest(console, words, verbose=False, evidence=False)
    except CrucibleError as error:
        if error.exit_code is Exit.ABORTED:
            raise
        console.print(plain(error.message), markup=False, highlight=False)
        return MatrixRun("", error=error.message)
    if run.aborted:
        raise typer.Abort
    return MatrixRun(str(run.directory.path), run.judgement)


def _versions(python: Path) -> dict[str, str]:
    """What an interpreter has.

    Raises:
        CrucibleError: it is none.
    """
    try:
        told = subprocess.run(
            versions.question(str(python)),
            capture_output=True,
            text=True,
            timeout=ASK_SECONDS_MAX,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise CrucibleError(
            f"{python} is no interpreter that answers: {error}.",
            hint="Name the python of a virtual environment, such as .venv/bin/python.",
        ) from error
    return versions.answer(told.stdout)


def _compared(console: Console, compared: Matrix) -> Table:
    """Scenarios by interpreters; where that is too wide, a row for each cell."""
    table = _table(console, compared)
    # Asked without a limit, else the console's width would be the answer.
    unlimited = console.options.update(max_width=10_000, width=10_000)
    needed = Measurement.get(console, unlimited, table).maximum
    return table if needed <= console.width else _list(console, compared)


def _table(console: Console, compared: Matrix) -> Table:
    differing = compared.differing()
    table = Table(header_style="bold", border_style="dim", show_lines=True)
    table.add_column("scenario", no_wrap=True)
    for column in compared.columns:
        table.add_column(Text(plain(_label(column, differing, "\n"))), no_wrap=True)
    for name in compared.scenarios:
        cells = [_said(console, column.cell(name)) for column in compared.columns]
        table.add_row(Text(plain(name)), *cells)
    return table


def _list(console: Console, compared: Matrix) -> Table:
    differing = compared.differing()
    table = Table(header_style="bold", border_style="dim")
    for heading in ("scenario", "interpreter", "outcome"):
        table.add_column(heading, overflow="fold")
    for name in compared.scenarios:
        for column in compared.columns:
            first = column is compared.columns[0]
            last = column is compared.columns[-1]
            shown = Text(plain(name) if first else "")
            label = Text(plain(_label(column, differing, "\n")))
            table.add_row(shown, label, _said(console, column.cell(name)), end_section=last)
    return table


def _label(column: Column, names: tuple[str, ...], between: str = ", ") -> str:
    return between.join(f"{name} {column.versions.get(name, '-')}" for name in names)


def _said(console: Console, cell: Cell | None) -> Text:
    """Its outcome, in how many of its runs, and by which guarantees."""
    if cell is None:
        return signed(console, NOT_JUDGED, f"{NOT_JUDGED.symbol} {NOT_JUDGED.word}")
    mark = sign(cell.outcome)
    often = f" {cell.times} of {cell.runs}" if cell.runs > 1 else ""
    said = signed(console, mark, f"{mark.symbol} {mark.word}{often}")
    for names, outcome in ((cell.broken, Outcome.INVALID), (cell.unknown, Outcome.UNKNOWN)):
        for name, runs in names.items():
            said.append("\n").append(signed(console, sign(outcome), f"  {sign(outcome).symbol} "))
            said.append(f"{plain(name)} ({runs})" if often else plain(name), style="default")
    return said


def _evidence(console: Console, compared: Matrix) -> None:
    """The first sentence against each guarantee that was broken."""
    differing = compared.differing()
    for name in compared.scenarios:
        for column in compared.columns:
            cell = column.cell(name)
            for sentence in cell.evidence if cell else ():
                said = Text(plain(f"{name}, {_label(column, differing)}: "), style="bold")
                console.print(said.append(plain(sentence), style="default not bold"))


def _kept(compared: Matrix, reports: Path) -> Path:
    path = reports / "matrix" / f"{datetime.now(UTC).strftime('%Y-%m-%dT%H-%M-%SZ')}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(compared.to_json(), encoding="utf-8")
    return path
