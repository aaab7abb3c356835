"""``crucible chaos``: random faults by a seeded schedule, over a running workload."""

import random
import re
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from chaos.commands.dry_run import show
from chaos.nemesis import saved
from chaos.nemesis.candidate import kinds, refuse_impossible
from chaos.nemesis.generator import Wish
from chaos.nemesis.intensity import INTENSITIES
from chaos.nemesis.orders import Orders
from chaos.nemesis.schedule import TaskCall
from chaos.nemesis.stop_conditions import Limits
from chaos.nemesis.summary import Summary
from harness.commands.options import (
    BrokerName,
    BrokerOption,
    ReportsOption,
    RuntimeOption,
    ScaleOption,
    TargetOption,
    VariantOption,
    stack_settings,
)
from harness.commands.run import root, run_pytest
from harness.errors import CrucibleError
from harness.history import read
from harness.run_directory import REPORTS
from harness.runtime import LOCAL
from harness.runtime.choice import require

TIMES_DURATION = 4  # of the disturbance, healing included: then something hangs
SECONDS_LEAST = 120.0


def chaos(
    scenario: Annotated[
        Path | None,
        typer.Argument(help="a scenario of your own that uses the fixture nemesis"),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="decides schedule and workload")] = None,
    duration: Annotated[str, typer.Option(help="of the disturbance: 90s, 2m")] = "60s",
    faults: Annotated[
        str, typer.Option(help="names or families, with commas [default: all but some]")
    ] = "",
    without: Annotated[str, typer.Option(help="names or families to leave out")] = "",
    intensity: Annotated[str, typer.Option(help="low, medium or high")] = "medium",
    rate: Annotated[float, typer.Option(help="operations a second", min=0.1)] = 10.0,
    runs: Annotated[int, typer.Option(help="so many schedules, each its own scenario", min=1)] = 1,
    task: Annotated[
        list[str] | None, typer.Option(help="what to enqueue: 'NAME [ARGUMENTS]'; may be repeated")
    ] = None,
    replay: Annotated[
        Path | None, typer.Option(metavar="RUN_DIR", help="apply that run's schedules again")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="print the schedule only")] = False,
    stop_when_broken: Annotated[
        bool, typer.Option("--stop-when-broken", help="abort once a guarantee is seen broken")
    ] = False,
    errors_max: Annotated[
        int | None, typer.Option(help="abort above so many failed operations, in percent")
    ] = None,
    disk_min: Annotated[int, typer.Option(help="abort below so many MB of free disk")] = 200,
    seconds_max: Annotated[
        float | None, typer.Option(help="abort a disturbance after this [default: 4 durations]")
    ] = None,
    target: TargetOption = None,
    variant: VariantOption = None,
    broker: BrokerOption = None,
    runtime: RuntimeOption = LOCAL,
    scale: ScaleOption = None,
    reports: ReportsOption = REPORTS,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="pytest's own output")] = False,
) -> None:
    """Break things at random, again and again, and judge what the system made of it.

    Every fault is healed. The seed repeats a run; its expanded schedule is kept in run.toml.

    Examples: [bold]crucible chaos --duration 2m[/bold] · [bold]crucible chaos --seed 7 --faults
    network,kill-node --dry-run[/bold] · [bold]crucible chaos --replay reports/latest[/bold]
    """
    console = Console()
    calls = tuple(TaskCall.parsed(text) for text in task or ())
    chosen = _names(faults), _names(without)
    wish = Wish(_seconds(duration), _intensity(intensity), *chosen, rate, calls)
    longest = seconds_max or max(SECONDS_LEAST, TIMES_DURATION * wish.duration_s)
    limits = Limits(stop_when_broken, errors_max, disk_min, longest)
    orders = Orders(wish, limits, runs)
    if replay:
        kept = saved.load(replay)
        orders = replace(orders, schedules=tuple(kept.schedules.values()))
        scenario = scenario or kept.file
        target, variant = target or kept.target, variant or kept.variant
        broker, scale = broker or BrokerName(kept.broker), scale or list(kept.scale)
        runtime = kept.runtime
    settings = stack_settings(target, variant, broker=broker, runtime=runtime, scale=scale)
    refuse_impossible(wish.faults, settings)
    seed = random.SystemRandom().randrange(2**32) if seed is None else seed
    if dry_run:
        show(console, settings, orders, seed)
        return
    require(runtime)
    file = scenario or root() / "scenarios" / "nemesis" / _bundled(target)
    if not file.is_file():
        raise CrucibleError(f"There is no scenario {file}.", hint="Name a file of pytest's.")
    arguments = [str(file)]
    options = {
        "suite": "chaos",
        "nemesis": orders.to_json(),
        "seed": seed,
        "target": target,
        "variant": variant,
        "broker": broker,
        "runtime": runtime,
        "reports": reports,
    }
    for option, value in options.items():
        arguments += [] if value is None else [f"--crucible-{option}", str(value)]
    for each in scale or ():
        arguments += ["--crucible-scale", each]
    # -s: pytest would swallow what is going on.
    finished = run_pytest(console, [*arguments, "-s"], verbose)
    for line in Summary.of(read(finished.directory.history)).lines():
        console.print(line, markup=False, highlight=False)
    raise typer.Exit(int(finished.judgement.exit_code))


def _bundled(target: Path | None) -> str:
    return "test_tasks.py" if target else "test_shop.py"


def _seconds(text: str) -> float:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(s|m|h)?", text)
    seconds = float(match[1]) * {"s": 1, "m": 60, "h": 3600}[match[2] or "s"] if match else 0.0
    if seconds <= 0:
        raise CrucibleError(f"--duration {text!r} is no duration.", hint="Such as 90s or 2m.")
    return seconds


def _intensity(name: str) -> str:
    if name not in INTENSITIES:
        known = ", ".join(INTENSITIES)
        raise CrucibleError(f"There is no intensity {name!r}.", hint=f"There are: {known}.")
    return name


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    kinds(names)  # refuses what nobody knows before anything is started
    return names
