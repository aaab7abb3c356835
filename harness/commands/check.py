"""``crucible check``: judge a stored history again."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from harness.commands.rendering import render_judgement
from harness.rejudge import rejudge


def check(
    run_dir: Annotated[Path, typer.Argument(help="a run directory, such as reports/latest")],
    json: Annotated[bool, typer.Option("--json", help="print verdict.json instead")] = False,
) -> None:
    """Judge a stored history again, with today's checkers.

    Example: [bold]crucible check reports/latest[/bold]
    """
    judgement = rejudge(run_dir)
    if json:
        typer.echo(judgement.to_json(), nl=False)
    else:
        render_judgement(Console(), judgement)
    raise typer.Exit(judgement.exit_code)
