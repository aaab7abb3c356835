"""Makes a schedule from a seed. Nothing but the seed, the wish and the candidates decide it.

It draws from ``random.Random``, whose numbers stay the same between versions of Python; what
Hypothesis generates from a seed does not stay the same between versions of Hypothesis.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from chaos.aim import Aim
from chaos.nemesis.candidate import Candidate
from chaos.nemesis.intensity import INTENSITIES, Intensity
from chaos.nemesis.schedule import Schedule, Step, TaskCall

AIMED_AT: Final = ("received", "started", "done")
AIM_SECONDS_MAX: Final = 5.0
AFTERWARDS_S: Final = 2.0  # the workload goes on a little longer than the faults


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asks of a nemesis."""

    duration_s: float = 60.0
    intensity: str = "medium"
    faults: tuple[str, ...] = ()  # names or families; none: all but those that break promises
    without: tuple[str, ...] = ()  # of these, names or families to leave out
    rate: float = 10.0  # operations a second
    tasks: tuple[TaskCall, ...] = ()  # what to enqueue where there is no other workload


def generate(seed: int, wish: Wish, candidates: Sequence[Candidate]) -> Schedule:
    """The schedule of ``seed``."""
    rng = Random(f"{seed}:nemesis")
    steps = tuple(_steps(rng, wish.duration_s, INTENSITIES[wish.intensity], candidates))
    operations = round(wish.rate * (wish.duration_s + AFTERWARDS_S))
    return Schedule(seed, wish.duration_s, wish.rate, operations, wish.tasks, steps)


def _steps(
    rng: Random, duration_s: float, intensity: Intensity, candidates: Sequence[Candidate]
) -> Iterator[Step]:
    busy: dict[frozenset[str], float] = {}  # what is touched -> until when a fault is in force
    at = min(rng.expovariate(1 / intensity.gap_s), duration_s / 2)  # at least one
    while at < duration_s:
        busy = {touched: until for touched, until in busy.items() if until > at}
        free = [each for each in candidates if not any(each.touches & touched for touched in busy)]
        lasts = min(rng.uniform(*intensity.lasts_s), duration_s - at)
        if free and len(busy) < intensity.at_once:
            chosen = _chosen(rng, free)
            busy[chosen.touches] = at + lasts
            aim = _aim(rng, intensity, chosen)
            yield Step(round(at, 3), round(lasts, 3), chosen.fault, chosen.settings, aim)
        at += rng.expovariate(1 / intensity.gap_s)


def _chosen(rng: Random, free: Sequence[Candidate]) -> Candidate:
    # The kind first: a fault with many targets must not crowd out the others.
    kind = rng.choice(sorted({each.fault for each in free}))
    return rng.choice([each for each in free if each.fault == kind])


def _aim(rng: Random, intensity: Intensity, chosen: Candidate) -> Aim | None:
    if not chosen.worker:
        return None
    wanted = rng.randrange(100) < intensity.aimed_percent
    if chosen.chooses:
        return Aim("started", node=chosen.worker, seconds_max=AIM_SECONDS_MAX)
    state = rng.choice(AIMED_AT)
    return Aim(state, node=chosen.worker, seconds_max=AIM_SECONDS_MAX) if wanted else None
