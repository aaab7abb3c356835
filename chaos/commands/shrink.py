"""``crucible shrink``: reduces a failing run of a nemesis to the few faults that matter."""

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console

from chaos.nemesis import saved as saved_run
from chaos.nemesis.minimum import Minimum
from chaos.nemesis.shrinking import Shrinking, described
from chaos.nemesis.trial import Trial, broken
from harness import judgement
from harness.commands.progress import live
from harness.errors import CrucibleError, Exit
from harness.judgement import ScenarioJudgement


def shrink(
    run_dir: Annotated[Path, typer.Argument(help="a run of `crucible chaos` that failed")],
    scenario: Annotated[
        str, typer.Option(help="which scenario of it [default: the first that failed]")
    ] = "",
    tries: Annotated[int, typer.Option(help="of each candidate, if it fails always", min=1)] = 3,
    final_tries: Annotated[int, typer.Option(help="of the result", min=1)] = 10,
    output: Annotated[Path, typer.Option(help="the scenario to write")] = Path("test_minimum.py"),
) -> None:
    """Reduce a failing schedule, and its workload, by delta debugging.

    Each candidate is tried several times, since what fails may fail only now and then. The result
    is a scenario file that fails alone. Exit codes: 0 reduced, 3 it did not fail again.

    Example: [bold]crucible shrink reports/latest[/bold]
    """
    console = Console()
    saved = saved_run.load(run_dir)
    failed = _failed(judgement.load(run_dir).scenarios, scenario)
    if failed.name not in saved.schedules:
        raise CrucibleError(
            f"The run keeps no schedule of {failed.name}.",
            hint="Name one of: " + ", ".join(saved.schedules),
        )
    with TemporaryDirectory() as temporary, live(console) as progress:
        trial = Trial(saved, broken(failed), Path(temporary) / "reports")
        tell = partial(console.print, markup=False, highlight=False)
        shrinking = Shrinking(trial, tries, final_tries, progress, tell)
        reduced = shrinking.reduce(saved.schedules[failed.name])
    if reduced is None:
        raise CrucibleError(
            f"{failed.name} did not fail again in {max(tries, final_tries)} tries.",
            hint="It fails seldom: ask for more with --final-tries.",
            exit_code=Exit.UNKNOWN,
        )
    schedule, rate = reduced
    minimum = Minimum(schedule, rate, broken(failed), saved)
    minimum.write(output)
    before = saved.schedules[failed.name]
    console.print(f"{described(before)} -> {described(schedule)}; fails {rate}.", highlight=False)
    for step in schedule.steps:
        console.print(f"  after {step.at_s:.1f} s for {step.for_s:.1f} s: {step}", markup=False)
    console.print(f"Written: {output}. Run it: {minimum.command(output)}", soft_wrap=True)


def _failed(scenarios: tuple[ScenarioJudgement, ...], name: str) -> ScenarioJudgement:
    matching = [each for each in scenarios if broken(each) and name in ("", each.name)]
    if not matching:
        raise CrucibleError(
            f"In that run {name or 'every scenario'} kept its guarantees: nothing can be reduced.",
            hint="Name a run directory whose verdict is invalid.",
        )
    return matching[0]
