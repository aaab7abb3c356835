"""``crucible up``: the whole system, up for a person to look at."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness import run_directory
from harness.commands.options import (
    BrokerOption,
    PortsOption,
    ReportsOption,
    RuntimeOption,
    ScaleOption,
    TargetOption,
    VariantOption,
)
from harness.commands.options import stack_settings as settings_of
from harness.commands.progress import live
from harness.run import needed_servers
from harness.run_directory import REPORTS
from harness.runtime import LOCAL
from harness.servers.install import ensure
from harness.stack import Stack, StackSettings, started
from harness.timings import summary


def up(
    target: TargetOption = None,
    variant: VariantOption = None,
    broker: BrokerOption = None,
    port: PortsOption = None,
    runtime: RuntimeOption = LOCAL,
    scale: ScaleOption = None,
    reports: ReportsOption = REPORTS,
    timings: Annotated[bool, typer.Option(help="print how long each node took, and stop")] = False,
) -> None:
    """Start the whole system and keep it up until Ctrl-C.

    Examples: [bold]crucible up[/bold] · [bold]crucible up --port web=8000[/bold]
    · [bold]crucible up --runtime compose[/bold]
    """
    console = Console()
    settings = settings_of(target, variant, port, broker, runtime, scale)
    with _up(console, settings, reports) as stack:
        if timings:
            _print_timings(console, stack)
            return
        _print_nodes(console, stack)
        _print_overrides(console, stack)
        console.print("Up. Ctrl-C ends it, and everything it started.", style="bold green")
        with suppress(KeyboardInterrupt):
            signal.pause()


@contextmanager
def _up(console: Console, settings: StackSettings, reports: Path) -> Iterator[Stack]:
    with ExitStack() as exits:
        with live(console) as progress:  # shown only until the stack is up
            servers = ensure(needed_servers(settings), progress)
            directory = run_directory.create("up", reports)
            stack = exits.enter_context(started(settings, servers, directory, progress))
        yield stack


def _print_nodes(console: Console, stack: Stack) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("Node", "Address"):
        table.add_column(heading, no_wrap=True)
    table.add_column("Open in a browser", overflow="fold")
    for name, node in stack.nodes.items():
        pages = "\n".join(f"{title}: {url}" for title, url in node.spec.pages.items())
        table.add_row(name, str(node.spec.address or ""), Text(pages))
    console.print(table)
    console.print(Text(f"Logs: {stack.directory.nodes}/NODE.log\n"))


def _print_overrides(console: Console, stack: Stack) -> None:
    """What Crucible set in place of the target's own settings, so that links can be cut."""
    table = Table(title="Overridden, through links", box=None, pad_edge=False, header_style="bold")
    table.add_column("Node", no_wrap=True)
    table.add_column("Variables", overflow="fold")
    for node, variables in stack.overrides.items():
        table.add_row(node, Text(" ".join(f"{name}={value}" for name, value in variables.items())))
    console.print(table)


def _print_timings(console: Console, stack: Stack) -> None:
    found = summary(stack.timings, stack.began)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Node")
    for heading in ("started at", "own time", "ready at"):
        table.add_column(heading, justify="right")
    for row in found.rows:
        table.add_row(row.node, *(f"{s:.2f} s" for s in (row.started_s, row.own_s, row.ready_s)))
    console.print(table)
    console.print(
        f"All ready after {found.total_s:.2f} s, {found.ratio:.2f} times the slowest node's own "
        f"time ({found.slowest}: {found.slowest_s:.2f} s)."
    )
