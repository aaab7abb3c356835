"""`crucible doctor`: what this machine has of what Crucible needs, and how to get the rest."""

import dataclasses
import json
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text

from harness.errors import CrucibleError, Exit
from harness.servers import diagnosis
from harness.servers import install as installation
from harness.servers.catalog import RECIPES
from harness.servers.diagnosis import Finding

STYLES = {"ok": "green", "missing": "bold red", "wrong": "bold red", "note": "yellow"}


def doctor(
    install: Annotated[
        bool, typer.Option("--install", help="Install the servers that are missing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Show which servers were found, and install what is missing.

    Exit code 0: everything is there. 2: something is missing or wrong.

    Examples: `crucible doctor`, `crucible doctor --install`, `crucible doctor --json`
    """
    failures = install_missing(Console(stderr=True)) if install else {}
    findings = diagnosis.diagnose(failures)
    if as_json:
        typer.echo(as_json_text(findings))
    else:
        show(findings, Console())
    if any(finding.bad for finding in findings):
        raise typer.Exit(Exit.USAGE)


def install_missing(console: Console) -> dict[str, CrucibleError]:
    """Install each missing server; returns those that failed, by name."""
    failures = {}
    names = diagnosis.missing()
    with _progress(console) as progress:
        task = progress.add_task("", total=len(names), visible=bool(names))

        def say(message: str) -> None:
            progress.update(task, description=message)
            if not console.is_terminal:
                console.print(Text(message))

        for name in names:
            say(RECIPES[name].title)
            try:
                installation.install(name, say)
            except CrucibleError as error:
                failures[name] = error
            progress.advance(task)
    return failures


def show(findings: list[Finding], console: Console) -> None:
    """Print the table, and below it what there is to say about single parts."""
    console.print(_table(findings))
    for finding in findings:
        for note in finding.notes:
            console.print(Text(f"{finding.part}: {note}", style=STYLES[finding.state]))
    bad = [finding.part for finding in findings if finding.bad]
    if bad:
        console.print(Text(f"Not ready: {', '.join(bad)}.", style="bold red"))
    else:
        console.print(Text("Everything Crucible needs is here.", style="bold green"))


def as_json_text(findings: list[Finding]) -> str:
    """The same as JSON: ``ready``, and ``parts`` with the fields of Finding."""
    parts = [dataclasses.asdict(finding) for finding in findings]
    return json.dumps({"ready": not any(f.bad for f in findings), "parts": parts}, indent=2)


def _table(findings: list[Finding]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("Part", "State", "Version", "Needs", "From"):
        table.add_column(heading, no_wrap=True)
    table.add_column("Where", overflow="fold")
    for found in findings:
        table.add_row(
            found.part,
            Text(found.state, style=STYLES[found.state]),
            found.version,
            f"{found.minimum}+" if found.minimum else "",
            found.origin,
            Text(found.path),
        )
    return table


def _progress(console: Console) -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=10),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )
