"""Faults by plan: drawn by a seed, healed whatever happens."""

import threading

import pytest

from harness.errors import CrucibleError, Exit
from harness.target import BUNDLED, load
from load.disturbance import Disturber, Outage, Series
from load.shape import Shape

SHAPE = Shape("steady", 10.0, 60.0)


class Library:
    """Faults that only tell what was done."""

    def __init__(self, error: CrucibleError | None = None) -> None:
        self.told: list[str] = []
        self._error = error

    def offers(self) -> list[dict[str, str]]:
        return [{"key": "cut a"}, {"key": "cut b"}]

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


def test_the_seed_decides_which_faults_and_when() -> None:
    keys = ["a", "b", "c"]
    assert list(Series.of(SHAPE, 7).steps(keys)) == list(Series.of(SHAPE, 7).steps(keys))
    assert list(Series.of(SHAPE, 7).steps(keys)) != list(Series.of(SHAPE, 8).steps(keys))


def test_faults_leave_time_to_recover() -> None:
    for seed in range(50):
        last = sum(hold for _, hold, _ in Series.of(SHAPE, seed).steps(["a"]))
        assert last < SHAPE.duration * 0.6


def test_an_outage_cuts_every_worker_and_heals() -> None:
    library = Library()
    outage = Outage(("a->broker", "b->broker"), after=0.0, seconds=0.0)
    outage.run(library, threading.Event())  # type: ignore[arg-type]
    assert library.told == ["link-down a->broker", "link-down b->broker", "heal all"]


def test_a_load_too_short_for_its_outage_is_refused() -> None:
    with pytest.raises(CrucibleError, match="too short"):
        Outage.of(load(BUNDLED), Shape("steady", 10.0, 20.0), 10.0)


@pytest.mark.parametrize("code", [Exit.UNKNOWN, Exit.ABORTED])
def test_what_goes_wrong_is_told_unless_there_was_nothing_to_aim_at(code: Exit) -> None:
    library = Library(CrucibleError("no", hint="", exit_code=code))
    series = Series(1, after=0.0, seconds=0.001)
    disturber = Disturber(series, library)  # type: ignore[arg-type]
    disturber.start()
    if code is Exit.UNKNOWN:
        disturber.stop()
    else:
        with pytest.raises(CrucibleError, match="no"):
            disturber.stop()
