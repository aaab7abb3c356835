"""What changed in the world: effect readings folded to a difference for each key of an effect."""

from typing import NamedTuple

from harness.event import EFFECT
from harness.history import History

# One thing that can be counted: a kind of effect (charge) and whose (an order's number).
Key = tuple[str, str]


def describe(key: Key) -> str:
    """The key as a sentence names it."""
    return f"effect {key[0]!r} of {key[1]!r}"


class Change(NamedTuple):
    """After minus before, and the lines of the readings."""

    difference: int
    lines: tuple[int, ...]


NO_CHANGE = Change(0, ())


def changes(history: History) -> dict[Key, Change] | None:
    """Each key's change; a reading that is missing counts as 0, of several the last counts.

    None when the world was never read after the run: then nothing is known.
    """
    readings: dict[str, dict[Key, tuple[int, int]]] = {"before": {}, "after": {}}
    for line, event in history.numbered():
        if event.type == EFFECT:
            readings[event.detail["reading"]][event.name, event.id] = (event.detail["amount"], line)
    before, after = readings["before"], readings["after"]
    if not after:
        return None
    return {key: _change(before.get(key), after.get(key)) for key in before | after}


def _change(before: tuple[int, int] | None, after: tuple[int, int] | None) -> Change:
    difference = (after[0] if after else 0) - (before[0] if before else 0)
    return Change(difference, tuple(sorted(reading[1] for reading in (before, after) if reading)))
