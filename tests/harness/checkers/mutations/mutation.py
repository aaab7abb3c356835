"""What a mutation is: one way to make a recorded history wrong, and who must notice it.

A mutation takes the events of a recording and gives those of a run that broke one promise. Where
one wrong thing has traces in several places (a row, an effect), all of them tell of it.
"""

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from harness import event as ev
from harness.event import Event

Events = list[Event]
MS: Final = 1_000_000
LATE_PID: Final = 4_000_000  # no process of the recordings has it


@dataclass(frozen=True)
class Mutation:
    """One way to break a recording; ``noticed_by`` must convict, all others must not."""

    name: str
    recording: str
    noticed_by: frozenset[str]
    apply: Callable[[Events, Random], Events]


ALL: list[Mutation] = []


def breaks(recording: str, *noticed_by: str) -> Callable[[Any], Any]:
    """Registers a function as a mutation of a recording."""

    def register(apply: Callable[[Events, Random], Events]) -> Callable[[Events, Random], Events]:
        name = apply.__name__.replace("_", " ")
        ALL.append(Mutation(name, recording, frozenset(noticed_by), apply))
        return apply

    return register


def of(events: Iterable[Event], type_: str = "", name: str = "", **more: Any) -> Events:
    """The events of a type and of a task of features, with these fields or details."""
    wanted = f"features.{name}" if name else ""
    return [
        e
        for e in events
        if type_ in ("", e.type)
        and wanted in ("", e.name)
        and all(getattr(e, key, e.detail.get(key)) == value for key, value in more.items())
    ]


def without(events: Events, dropped: Iterable[Event]) -> Events:
    """All but those."""
    gone = {id(event) for event in dropped}
    return [event for event in events if id(event) not in gone]


def changed(events: Events, chosen: Iterable[Event], **detail: Any) -> Events:
    """The details of the chosen ones replaced in part."""
    those = {id(event) for event in chosen}
    return [e._replace(detail={**e.detail, **detail}) if id(e) in those else e for e in events]


def moved(events: Events, chosen: Iterable[Event], ms: float) -> Events:
    """The chosen ones happen so much later, by both clocks."""
    those, ns = {id(event) for event in chosen}, int(ms * MS)
    told = [e._replace(mono=e.mono + ns, wall=e.wall + ns) if id(e) in those else e for e in events]
    return sorted(told, key=lambda e: e.mono)


def forged(events: Events, *more: Event) -> Events:
    """With more events, each where its time puts it; the phase `judge` stays the last."""
    return sorted(
        [*events, *more], key=lambda e: (e.type == ev.PHASE and e.name == "judge", e.mono)
    )


def like(event: Event, ms: float = 0, **fields: Any) -> Event:
    """The same event so much later, with other fields."""
    ns = int(ms * MS)
    return event._replace(mono=event.mono + ns, wall=event.wall + ns, **fields)


def copies(events: Events, id_: str, new_id: str) -> Events:
    """All that is told of a task, told of another one a millisecond later."""
    told = [e for e in events if e.id == id_ and e.type not in (ev.INVOKE, ev.OK)]
    return [like(e, 1, id=new_id) for e in told]


def end_of(events: Events) -> Event:
    """The phase that ends a recording."""
    return of(events, ev.PHASE, name="")[-1]


NUMBERS = itertools.count(1)


def new_id(rng: Random) -> str:
    """An id that no task has."""
    return f"forged-{rng.getrandbits(32):08x}-{next(NUMBERS)}"


def one(chosen: Events, rng: Random) -> Event:
    """Any of them."""
    assert chosen
    return rng.choice(chosen)


def run_again(events: Events, start: Event) -> Events:
    again = like(start, 6_000, detail={**start.detail, "pid": LATE_PID, "redelivered": True})
    return forged(events, again, like(again, 10, type=ev.SUCCEEDED, detail={}))
