"""What a nemesis may choose from on a stack: faults of the catalogue with their settings."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from chaos import catalogue
from chaos.fault import FAMILIES, Fault
from chaos.need import impossible, needed, refuse, unmet
from harness.errors import CrucibleError
from harness.session import Session
from harness.stack import StackSettings


@dataclass(frozen=True, slots=True)
class Candidate:
    """A fault that makes sense on this stack."""

    fault: str
    settings: Mapping[str, Any]
    touches: frozenset[str]  # nodes and links: two faults never touch one at a time
    worker: str = ""  # whose tasks it can be aimed at; "": none
    chooses: bool = False  # it hits one of several, and so must be aimed


def kinds(names: Collection[str], without: Collection[str] = ()) -> Mapping[str, type[Fault]]:
    """The faults with these names or of these families, but not those ``without``.

    No names: all under which a sound system keeps every promise.

    Raises:
        CrucibleError: there is neither a fault nor a family of such a name.
    """
    chosen = _named(names) if names else _harmless()
    return {name: kind for name, kind in chosen.items() if name not in _named(without)}


def _harmless() -> Mapping[str, type[Fault]]:
    return {name: kind for name, kind in catalogue.faults().items() if not kind.breaks}


def _named(names: Collection[str]) -> Mapping[str, type[Fault]]:
    known = catalogue.faults()
    for name in names:
        if name not in known and name not in FAMILIES:
            raise CrucibleError(
                f"There is no fault {name!r}, and no family of faults.",
                hint=f"Faults: {', '.join(known)}. Families: {', '.join(FAMILIES)}.",
            )
    return {name: kind for name, kind in known.items() if name in names or kind.family in names}


def refuse_impossible(names: Collection[str], settings: StackSettings) -> None:
    """See that such a stack has what each fault needs that is named for itself.

    Raises:
        CrucibleError: it has not.
    """
    for name, kind in _named(names).items():
        if name in names:
            refuse(name, needed(kind), settings)


def candidates(
    session: Session, names: Collection[str] = (), without: Collection[str] = ()
) -> tuple[Candidate, ...]:
    """All there is to choose from by these names, always in the same order.

    Raises:
        CrucibleError: nothing, or nothing for a fault that is named for itself.
    """
    chosen = kinds(names, without)
    found = tuple(_candidates(session, chosen.values()))
    offered = {each.fault for each in found}
    for name in sorted(chosen.keys() & set(names) - offered):
        refuse_impossible([name], session.stack.settings)
        raise impossible(name, "it finds nothing to break")
    if not found:
        raise CrucibleError(
            f"None of these faults can be applied to this stack: {', '.join(chosen) or 'none'}.",
            hint="A fault may need another broker, a database, a service, or local processes.",
        )
    return tuple(sorted(found, key=lambda each: (each.fault, json.dumps(each.settings))))


def _candidates(session: Session, kinds: Iterable[type[Fault]]) -> Iterator[Candidate]:
    # Elsewhere nobody can hold a task, so that nothing can be aimed at one.
    foreign = session.stack.foreign
    workers = set() if foreign else {w.name for w in session.stack.settings.target.workers}
    for kind in kinds:
        for fault in offers(kind, session):
            name, settings = catalogue.describe(fault)
            touches = touched(fault, session)
            client = fault.target.partition("->")[0]
            worker = client if client in workers else ""
            yield Candidate(name, settings, touches, worker, hasattr(fault, "aim_at"))


def offers(kind: type[Fault], session: Session) -> Iterable[Fault]:
    """The faults of this kind that can be applied to the stack."""
    lacking = unmet(needed(kind), session.stack.settings)
    return () if lacking else kind.candidates(session)


def touched(fault: Fault, session: Session) -> frozenset[str]:
    """The nodes and links that it breaks or uses."""
    if fault.target == "all workers":
        return frozenset(worker.name for worker in session.stack.settings.target.workers)
    return frozenset(fault.target.split(", ")) | fault.uses
