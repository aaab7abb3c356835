"""``crucible report``: build a run's page again."""

from pathlib import Path
from typing import Annotated

import typer

from harness.report import write


def report(
    run_dir: Annotated[Path, typer.Argument(help="a run directory, such as reports/latest")],
) -> None:
    """Build report.html of a run again, from its history and verdict.

    Example: [bold]crucible report reports/latest[/bold]
    """
    typer.echo(write(run_dir))
