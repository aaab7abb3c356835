"""The search for the highest rate that holds."""

import random

import pytest

from load.capacity import PRECISION, TRIALS, Capacity, search


@pytest.mark.parametrize("limit", [0.7, 3, 10, 37, 1000, 12_345])
def test_a_sharp_limit_is_found_and_confirmed(limit: float) -> None:
    found = search(10, lambda rate, _: rate <= limit)
    assert found.holds is not None
    assert found.fails is not None
    assert found.holds <= limit < found.fails
    assert found.fails / found.holds <= PRECISION * 1.001
    assert len(found.trials[found.holds]) >= TRIALS
    assert f"{found.holds:g}/s holds ({TRIALS} of {TRIALS} trials held)" in found.sentence()


def test_nothing_holds() -> None:
    found = search(10, lambda rate, _: False)
    assert found.holds is None
    assert found.sentence().startswith("No rate holds")


def test_a_rate_that_fails_once_is_not_the_capacity() -> None:
    # Given a system that near its limit holds by chance
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    rng = random.Random(seed)

    def holds(rate: float, _: int) -> bool:
        return rate <= 40 or (rate <= 80 and rng.random() < 0.5)

    # Then what is found held each time it was tried, and everything below it too
    found = search(10, holds)
    assert found.holds is not None
    assert all(all(tries) for rate, tries in found.trials.items() if rate <= found.holds)
    assert len(found.trials[found.holds]) >= TRIALS


def test_what_was_tried_is_told() -> None:
    capacity = Capacity({50.0: [True] * 3, 55.0: [True, False]})
    assert capacity.sentence() == (
        "50/s holds (3 of 3 trials held); 55/s did not (1 of 2 trials held)."
    )
