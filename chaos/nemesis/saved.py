"""What a run directory keeps of a nemesis: its schedules, and the stack they were applied to."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from chaos.nemesis.schedule import Schedule
from harness.errors import CrucibleError
from harness.target import BUNDLED

SCHEDULES: Final = "schedules"  # in run.toml: a schedule for each scenario
NEMESIS: Final = "nemesis"  # in run.toml: the scenario's file


@dataclass(frozen=True, slots=True)
class Saved:
    """Enough to apply the schedules again."""

    schedules: Mapping[str, Schedule]  # by scenario
    file: Path  # the scenario's
    target: Path | None
    variant: str | None
    broker: str
    runtime: str
    scale: tuple[str, ...]  # as --scale takes them


def load(run: Path) -> Saved:
    """Read a run directory, or a run.toml by itself.

    Raises:
        CrucibleError: it is missing, no TOML, or no nemesis was in that run.
    """
    path = run / "run.toml" if run.is_dir() else run
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
        return _saved(settings)
    except OSError as error:
        raise CrucibleError(
            f"Cannot read {path}: {error.strerror}.", hint="Name a run directory."
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise CrucibleError(
            f"{path} holds no schedule of a nemesis: {type(error).__name__} {error}.",
            hint="Name a run directory that `crucible chaos` has left behind.",
        ) from error


def dump(saved: Saved) -> dict[str, Any]:
    """As much of a run.toml as ``load`` reads."""
    return {
        "variant": saved.variant or "",
        "broker": saved.broker,
        "runtime": saved.runtime,
        "scale": dict(each.split("=") for each in saved.scale),
        "target": {"file": str(saved.target or BUNDLED)},
        NEMESIS: {"file": str(saved.file)},
        SCHEDULES: [tabled(name, schedule) for name, schedule in saved.schedules.items()],
    }


def tabled(scenario: str, schedule: Schedule) -> dict[str, Any]:
    """A schedule as run.toml lists it."""
    return {"scenario": scenario, **schedule.to_dict()}


def _saved(settings: Mapping[str, Any]) -> Saved:
    file = Path(settings["target"]["file"])
    return Saved(
        schedules={each["scenario"]: _schedule(each) for each in settings[SCHEDULES]},
        file=Path(settings[NEMESIS]["file"]),
        target=None if file.resolve() == BUNDLED else file,
        variant=settings["variant"] or None,
        broker=settings["broker"],
        runtime=settings["runtime"],
        scale=tuple(f"{name}={count}" for name, count in settings["scale"].items()),
    )


def _schedule(fields: Mapping[str, Any]) -> Schedule:
    return Schedule.from_dict({k: v for k, v in fields.items() if k != "scenario"})
