"""Nothing is wrong: lines are only nearly in the order of time."""

from random import Random

from tests.harness.checkers.mutations.mutation import (
    ALL,
    Events,
    Mutation,
)


def _reordered(events: Events, rng: Random) -> Events:
    """Each event up to 30 places from where it stood; its time is as it was."""
    *told, last = events
    places = sorted(range(len(told)), key=lambda number: number + rng.uniform(0, 30))
    return [*(told[number] for number in places), last]


ALL += [
    Mutation(f"reorder the lines of {name}", name, frozenset(), _reordered)
    for name in ("features", "kills", "pressure", "load")
]
