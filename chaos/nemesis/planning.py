"""Fits a scenario's plan to the schedule that will be applied to it, and keeps the schedule."""

from dataclasses import replace
from pathlib import Path
from typing import Final

from chaos import catalogue
from chaos.nemesis.generator import Wish
from chaos.nemesis.saved import NEMESIS, SCHEDULES, tabled
from chaos.nemesis.schedule import Schedule
from harness.run import Run
from harness.scenario import ScenarioPlan

DRAIN_SECONDS_MAX: Final = 90.0  # after many faults more is left to be done than after one


def planned(
    run: Run, plan: ScenarioPlan, schedule: Schedule, wish: Wish | None, file: Path
) -> ScenarioPlan:
    """The plan for this schedule, which is in run.toml from now on.

    ``file`` is the scenario's; ``wish`` what the schedule was generated from, if it was.
    """
    run.extra[NEMESIS] = {"file": str(file)}
    run.extra.setdefault(SCHEDULES, []).append(tabled(plan.name, schedule))
    run.store_settings()
    kinds = (catalogue.faults()[step.fault] for step in schedule.steps)
    spared = {guarantee for kind in kinds for guarantee in kind.breaks}
    for guarantee in sorted(spared & plan.guarantees.keys()):
        run.progress(f"not judged by {guarantee}: a sound system may be unable to keep it here")
    return replace(
        plan,
        guarantees={
            name: settings for name, settings in plan.guarantees.items() if name not in spared
        },
        repeat=_repeat(run, schedule, wish, file),
        drain_seconds_max=max(plan.drain_seconds_max, DRAIN_SECONDS_MAX),
    )


def _repeat(run: Run, schedule: Schedule, wish: Wish | None, file: Path) -> str:
    if wish is None:
        return run.command("chaos", str(file), "--replay", str(run.directory.path))
    return run.command("chaos", "--seed", str(schedule.seed), *words(wish))


def words(wish: Wish) -> list[str]:
    """The options of `crucible chaos` that say so."""
    said = ["--duration", f"{wish.duration_s:g}s", "--intensity", wish.intensity]
    said += ["--faults", ",".join(wish.faults)] if wish.faults else []
    said += ["--without", ",".join(wish.without)] if wish.without else []
    said += ["--rate", f"{wish.rate:g}"]
    return said + [word for call in wish.tasks for word in ("--task", str(call))]
