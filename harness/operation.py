"""One thing the client asked for: invoked, then ok, fail or info (nobody can know)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from harness.event import FAIL, INFO, INVOKE, OK, Event

COMPLETIONS = frozenset({OK, FAIL, INFO})


class Expectation(NamedTuple):
    """What an accepted operation must change in the world: the effect's key moves by amount."""

    effect: str
    key: str
    amount: int


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation as the history tells it; ``outcome`` is info while no completion was seen."""

    id: str
    name: str
    invoked_at: int  # monotonic nanoseconds
    invoked_line: int
    expects: tuple[Expectation, ...]
    outcome: str = INFO
    completed_at: int | None = None
    completed_line: int | None = None
    kind: str = ""  # "web": a page asked for; "enqueue": a task handed to the broker

    @property
    def lines(self) -> tuple[int, ...]:
        """The lines of the history that tell of it."""
        completed = self.completed_line
        return (self.invoked_line,) if completed is None else (self.invoked_line, completed)


def expectations(detail: Any) -> tuple[Expectation, ...]:
    """The expectations an ``invoke`` event carries."""
    return tuple(Expectation(*each) for each in detail.get("expects", ()))


def operations(numbered: Iterable[tuple[int, Event]]) -> dict[str, Operation]:
    """Fold a history's numbered events into operations, by id, in the order of invocation."""
    invoked: dict[str, tuple[int, Event]] = {}
    completed: dict[str, tuple[int, Event]] = {}
    for line, event in numbered:
        if event.type == INVOKE:
            invoked[event.id] = (line, event)
        elif event.type in COMPLETIONS:
            completed[event.id] = (line, event)
    return {id_: _operation(*start, completed.get(id_)) for id_, start in invoked.items()}


def _operation(line: int, invoke: Event, end: tuple[int, Event] | None) -> Operation:
    return Operation(
        id=invoke.id,
        name=invoke.name,
        invoked_at=invoke.mono,
        invoked_line=line,
        expects=expectations(invoke.detail),
        kind=invoke.detail.get("kind", ""),
        outcome=end[1].type if end else INFO,
        completed_at=end[1].mono if end else None,
        completed_line=end[0] if end else None,
    )
