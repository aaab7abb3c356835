"""``crucible matrix``: one suite on several interpreters, side by side."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
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
    console.print(_table(console, compared))
    path = _kept(compared, reports)
    console.print(f"Matrix: {path}", soft_wrap=True, highlight=False)
    raise typer.Exit(int(exit_of(compared.outcome)))


def _run(console: Console, words: list[str]) -> MatrixRun:
    """One run; that it could not be made is part of the comparison."""
    try:
        run = run_pytest(console, words, verbose=False)
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


def _table(console: Console, compared: Matrix) -> Table:
    differing = compared.differing()
    table = Table(header_style="bold", border_style="dim", show_lines=True)
    table.add_column("scenario", overflow="fold")
    for column in compared.columns:
        table.add_column(Text(plain(_label(column, differing, "\n"))), overflow="fold")
    for name in compared.scenarios:
        cells = [_said(console, column.cell(name)) for column in compared.columns]
        table.add_row(Text(plain(name)), *cells)
    return table


def _label(column: Column, names: tuple[str, ...], between: str = ", ") -> str:
    return between.join(f"{name} {column.versions.get(name, '-')}" for name in names)


def _said(console: Console, cell: Cell | None) -> Text:
    if cell is None:
        return signed(console, NOT_JUDGED, f"{NOT_JUDGED.symbol} {NOT_JUDGED.word}")
    mark = sign(cell.outcome)
    often = f" {cell.valid} of {cell.runs}" if cell.runs > 1 else ""
    said = signed(console, mark, f"{mark.symbol} {mark.word if not often else 'valid'}{often}")
    for name, runs in (*cell.broken.items(), *cell.unknown.items()):
        said.append(f"\n{plain(name)} ({runs})" if often else f"\n{plain(name)}", style="default")
    return said


def _kept(compared: Matrix, reports: Path) -> Path:
    path = reports / "matrix" / f"{datetime.now(UTC).strftime('%Y-%m-%dT%H-%M-%SZ')}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(compared.to_json(), encoding="utf-8")
    return path
