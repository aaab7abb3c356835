"""Schedules: what they add up to, and that they ask nobody."""

import itertools
import random
import statistics

import pytest

from load.generator.arrivals import NS_PER_S, Arrivals

USERS = 50
SECONDS = 20


def due(kind: str, rate: float, seed: int) -> list[float]:
    """All arrivals of many users within some seconds, in order."""
    end = SECONDS * NS_PER_S
    times = []
    for number in range(1, USERS + 1):
        arrivals = Arrivals(kind, rate, 0, number, random.Random(f"{seed}:{number}"))
        while arrivals.due < end:
            times.append(arrivals.advance() / NS_PER_S)
    return sorted(times)


@pytest.mark.parametrize("kind", ["poisson", "constant"])
def test_many_users_make_the_rate(kind: str) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    found = len(due(kind, 2.0, seed)) / SECONDS
    assert found == pytest.approx(USERS * 2.0, rel=0.15)  # five standard deviations of Poisson's


def test_constant_users_are_spread_evenly() -> None:
    times = due("constant", 2.0, 1)
    gaps = [b - a for a, b in itertools.pairwise(times)]
    assert max(gaps) < 4 / (USERS * 2.0)
    poisson = due("poisson", 2.0, 1)
    wild = [b - a for a, b in itertools.pairwise(poisson)]
    assert statistics.stdev(gaps) < statistics.stdev(wild) / 2


def test_what_is_due_does_not_depend_on_when_one_looks() -> None:
    arrivals = Arrivals("constant", 10.0, 5 * NS_PER_S, 1, random.Random(1))
    first = arrivals.advance()
    assert arrivals.due - first == pytest.approx(NS_PER_S / 10, abs=1)
