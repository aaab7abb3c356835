"""When things were so: faults in force, the end of what was watched, whether all became quiet."""

from collections.abc import Iterable
from typing import NamedTuple

from harness.checkers.conclusion import NS_PER_MS
from harness.event import FAULT_HEALED, FAULT_INJECTED, PHASE, REDELIVERY_BLOCKED
from harness.history import History


class Span(NamedTuple):
    """From one moment to another, in monotonic nanoseconds."""

    since: int
    until: int

    @property
    def length(self) -> int:
        """Nanoseconds; negative for a span that is none."""
        return self.until - self.since

    def meets(self, other: "Span") -> bool:
        """Whether they have a moment in common."""
        return self.since <= other.until and other.since <= self.until

    def common(self, other: "Span") -> "Span":
        """What they have in common; its length is negative if that is nothing."""
        return Span(max(self.since, other.since), min(self.until, other.until))


def watched(history: History) -> Span:
    """From the first event to the last."""
    monos = [event.mono for event in history]
    return Span(min(monos, default=0), max(monos, default=0))


def disturbances(history: History) -> list[Span]:
    """The time in which each fault was in force; one that was never healed, to the end."""
    end = watched(history).until
    injected = {e.id: e.mono for e in history if e.type == FAULT_INJECTED}
    healed = {e.id: e.mono for e in history if e.type == FAULT_HEALED}
    return [Span(mono, healed.get(id_, end)) for id_, mono in injected.items()]


def disturbed(span: Span, faults: Iterable[Span]) -> bool:
    """Whether any fault was in force within the span."""
    return any(span.meets(fault) for fault in faults)


def redelivery_blocked(history: History) -> Span | None:
    """From when to when a dead worker kept the others from redelivering what it had held.

    It ends when it was seen over, else when it expires, even after the history. Of several, all
    from the first to the last, which is rare beyond measure.
    """
    told = [(e.mono, e.detail["left_ms"]) for e in history if e.type == REDELIVERY_BLOCKED]
    begun = [mono for mono, left in told if left]
    if not begun:
        return None
    mono, left = told[-1]
    return Span(begun[0], mono + left * NS_PER_MS)


def quiet(history: History) -> bool:
    """Whether the drain ended because nothing moved and the broker was empty.

    Then what has not happened will not happen any more.
    """
    drains = [e.detail for e in history if e.type == PHASE and e.name == "drain"]
    ends = [detail["quiet"] for detail in drains if "quiet" in detail]
    return bool(ends and ends[-1])
