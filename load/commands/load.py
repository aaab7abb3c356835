"""``crucible load``: Locust drives the system, faults are a button away, a verdict ends it."""

import random
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from harness.commands.options import (
    BrokerOption,
    ReportsOption,
    RuntimeOption,
    ScaleOption,
    TargetOption,
    VariantOption,
    stack_settings,
)
from harness.run_directory import REPORTS
from harness.runtime import LOCAL
from harness.runtime.choice import require
from load.commands import outcome, wishes
from load.locust_process import LOCUSTFILE, LocustOptions
from load.shape import SHAPES
from load.timespan import seconds


def load(
    locust: Annotated[
        list[str] | None, typer.Argument(metavar="[-- LOCUST...]", help="Locust's own options")
    ] = None,
    headless: Annotated[bool, typer.Option("--headless", help="no UI: load, judge, end")] = False,
    rate: Annotated[float | None, typer.Option(help="arrivals a second, the highest")] = None,
    duration: Annotated[str, typer.Option(help="how long, such as 30s, 5m or 2h")] = "30s",
    shape: Annotated[str, typer.Option(help=", ".join(SHAPES))] = "steady",
    arrivals: Annotated[str | None, typer.Option(help="poisson or constant")] = None,
    task: Annotated[
        list[str] | None, typer.Option(help="enqueue this task instead; may be repeated")
    ] = None,
    args: Annotated[str, typer.Option(help="its arguments, as JSON with placeholders")] = "[]",
    threshold: Annotated[
        list[str] | None, typer.Option(help='such as "total.p99 < 2 s"; may be repeated')
    ] = None,
    find_capacity: Annotated[
        bool, typer.Option("--find-capacity", help="find the highest rate that keeps --slo")
    ] = False,
    slo: Annotated[
        list[str] | None, typer.Option(help='such as "total.p99 < 500 ms"; may be repeated')
    ] = None,
    outage: Annotated[
        str | None, typer.Option(help="cut workers from the broker for so long, such as 10s")
    ] = None,
    chaos: Annotated[
        str | None,
        typer.Option(metavar="SEED|RUN_DIR", help="random faults meanwhile, by the nemesis"),
    ] = None,
    workers: Annotated[int, typer.Option(min=0, help="Locust workers; 0: one process")] = 0,
    web_port: Annotated[int | None, typer.Option(help="port of Locust's UI")] = None,
    locustfile: Annotated[
        Path, typer.Option(help="your own, which imports ours", show_default="Crucible's")
    ] = LOCUSTFILE,
    drain: Annotated[str, typer.Option(help="how long to wait for the backlog at the end")] = "2m",
    target: TargetOption = None,
    variant: VariantOption = None,
    broker: BrokerOption = None,
    runtime: RuntimeOption = LOCAL,
    scale: ScaleOption = None,
    seed: Annotated[int | None, typer.Option(help="repeat a load's arrivals and data")] = None,
    reports: ReportsOption = REPORTS,
    json: Annotated[bool, typer.Option("--json", help="the verdict as JSON")] = False,
) -> None:
    """Load the system and judge it: nothing lost, effects right, thresholds kept.

    Examples: [bold]crucible load[/bold] · [bold]crucible load --headless --rate 50 --duration 1m
    --threshold "total.p99 < 2 s"[/bold] · [bold]crucible load -- --class-picker[/bold]
    """
    console = Console(stderr=json)
    if find_capacity:
        wishes.require_capacity(slo, threshold, outage, chaos)
        headless, rate, threshold = True, rate or wishes.FIRST_RATE, [*(slo or ()), wishes.KEPT_UP]
    require(runtime)
    outcome.require_locust()
    stack = stack_settings(target, variant, None, broker, runtime, scale)
    chosen = random.SystemRandom().randrange(2**32) if seed is None else seed
    options = LocustOptions(headless, rate is not None, web_port, workers, locustfile, locust or ())
    plan = wishes.plan(
        stack.target,
        shape=wishes.shape(shape, rate, duration, headless),
        tasks=wishes.tasks(task, args),
        arrivals=arrivals,
        thresholds=threshold or (),
        locust=options,
        drain_seconds_max=seconds(drain),
        outage=outage,
        chaos=chaos,
    )
    if find_capacity:
        found = outcome.capacity_found(console, plan, stack, chosen, reports)
        raise typer.Exit(outcome.told_capacity(console, *found))
    run = outcome.performed(console, plan, stack, chosen, reports)
    raise typer.Exit(outcome.told(console, run, as_json=json))
