"""Fits a scenario's plan to the schedule that will be applied to it, and keeps the schedule."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Final

from chaos import catalogue
from chaos.generator import Wish
from chaos.orders import Orders
from chaos.saved import NEMESIS, SCHEDULES
from chaos.schedule import Schedule
from harness.run import Run
from harness.scenario import ScenarioPlan

DRAIN_SECONDS_MAX: Final = 90.0  # after many faults more is left to be done than after one


def planned(
    run: Run, plan: ScenarioPlan, schedule: Schedule, orders: Orders, file: Path
) -> ScenarioPlan:
    """The plan for this schedule, which is in run.toml from now on; ``file`` is the scenario's."""
    run.extra[NEMESIS] = {"file": str(file), "tasks": [asdict(call) for call in orders.tasks]}
    run.extra.setdefault(SCHEDULES, []).append({"scenario": plan.name, **schedule.to_dict()})
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
        repeat=_repeat(run, schedule, orders),
        drain_seconds_max=max(plan.drain_seconds_max, DRAIN_SECONDS_MAX),
    )


def _repeat(run: Run, schedule: Schedule, orders: Orders) -> str:
    if orders.schedules:
        return run.command("chaos", "--replay", str(run.directory.path))
    tasks = [word for call in orders.tasks for word in ("--task", str(call))]
    return run.command("chaos", "--seed", str(schedule.seed), *words(orders.wish), *tasks)


def words(wish: Wish) -> list[str]:
    """The options of `crucible chaos` that say so."""
    said = ["--duration", f"{wish.duration_s:g}s", "--intensity", wish.intensity]
    said += ["--faults", ",".join(wish.faults)] if wish.faults else []
    return [*said, "--rate", f"{wish.rate:g}"]
