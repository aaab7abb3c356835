"""Faults by plan: healed whatever happens."""

import threading
from pathlib import Path

import pytest

from harness.errors import CrucibleError, Exit
from harness.target import BUNDLED, load
from load.disturbance import Disturber, Nemesis, Outage
from load.shape import Shape

SHAPE = Shape("steady", 10.0, 60.0)


class Library:
    """Faults that only tell what was done."""

    def __init__(self, error: CrucibleError | None = None) -> None:
        self.told: list[str] = []
        self._error = error

    def find(self, name: str, target: str) -> str:
        return f"{name} {target}"

    def inject(self, key: str) -> int:
        if self._error:
            raise self._error
        self.told.append(key)
        return len(self.told)

    def heal(self, number: int) -> None:
        self.told.append(f"heal {number}")

    def heal_all(self) -> None:
        self.told.append("heal all")


def test_an_outage_cuts_every_worker_and_heals() -> None:
    library = Library()
    outage = Outage(("a->broker", "b->broker"), after=0.0, seconds=0.0)
    outage.run(library, None, threading.Event())  # type: ignore[arg-type]
    assert library.told == ["link-down a->broker", "link-down b->broker", "heal all"]


def test_a_load_too_short_for_its_outage_is_refused() -> None:
    with pytest.raises(CrucibleError, match="too short"):
        Outage.of(load(BUNDLED), Shape("steady", 10.0, 20.0), 10.0)


def test_what_goes_wrong_is_told_at_the_end_and_all_is_healed() -> None:
    library = Library(CrucibleError("no", hint="", exit_code=Exit.ABORTED))
    disturber = Disturber(
        Outage(("a->broker",), after=0.0, seconds=0.0),
        library,  # type: ignore[arg-type]
        None,  # type: ignore[arg-type]
    )
    disturber.start()
    with pytest.raises(CrucibleError, match="no"):
        disturber.stop()
    assert library.told == ["heal all"]


def test_a_nemesis_is_a_seed_or_a_run(tmp_path: Path) -> None:
    assert Nemesis.of(SHAPE, "7").chosen == "7"
    assert Nemesis.of(SHAPE, str(tmp_path)).seconds < SHAPE.duration * 0.6
    with pytest.raises(CrucibleError, match="neither a seed nor a run directory"):
        Nemesis.of(SHAPE, "seven")
