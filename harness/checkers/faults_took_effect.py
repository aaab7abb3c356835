"""A run proves nothing about a fault that never bit: every fault must take effect on live work."""

from dataclasses import dataclass
from typing import ClassVar

from harness.event import FAULT_EFFECTIVE, FAULT_HEALED, FAULT_INJECTED, Event
from harness.history import History
from harness.verdict import Evidence, Outcome, Verdict

Numbered = tuple[int, Event]


@dataclass(frozen=True, slots=True)
class FaultsTookEffect:
    """Never invalid: the run, not the system under test, is to blame for an idle fault."""

    guarantee: ClassVar[str] = "faults-took-effect"
    least: int = 0  # so many must have; 0: all that were injected

    def check(self, history: History) -> Verdict:
        """Valid when each fault was effective, with operations in flight, and was healed.

        With ``least`` so many suffice, as long as all were healed: in a random run some find
        nothing to break.
        """
        injected, effective, healed = _faults(history)
        idle = {
            id_: why
            for id_, (_, fault) in injected.items()
            if (why := _shortcoming(fault, effective.get(id_), healed.get(id_)))
        }
        counts = {
            "injected": len(injected),
            "effective": len(injected.keys() & effective.keys()),
            "healed": len(injected.keys() & healed.keys()),
        }
        if not injected:
            nothing = "No fault was injected."
            return Verdict(self.guarantee, Outcome.UNKNOWN, nothing, counts)
        if not idle:
            kept = f"All {len(injected)} faults took effect with operations in flight."
            return Verdict(self.guarantee, Outcome.VALID, kept, counts)
        tested = len(injected) - len(idle)
        if 0 < self.least <= tested and injected.keys() <= healed.keys():
            enough = f"{tested} of {len(injected)} faults took effect with operations in flight."
            return Verdict(self.guarantee, Outcome.VALID, enough, counts)
        tables = (injected, effective, healed)
        evidence = tuple(
            Evidence(why, None, tuple(sorted(table[id_][0] for table in tables if id_ in table)))
            for id_, why in idle.items()
        )
        summary = f"{len(idle)} of {len(injected)} faults put nothing to the test."
        return Verdict(self.guarantee, Outcome.UNKNOWN, summary, counts, evidence)


def _faults(history: History) -> tuple[dict[str, Numbered], ...]:
    """The injected, effective and healed events, by injection; of several, the first."""
    tables: dict[str, dict[str, Numbered]] = {
        FAULT_INJECTED: {},
        FAULT_EFFECTIVE: {},
        FAULT_HEALED: {},
    }
    for line, event in history.numbered():
        if event.type in tables:
            tables[event.type].setdefault(event.id, (line, event))
    return tuple(tables.values())


def _shortcoming(fault: Event, effect: Numbered | None, heal: Numbered | None) -> str | None:
    """Why the fault proves nothing, in a sentence; None when it does prove something."""
    label = f"The fault {fault.name} ({fault.id})"
    if heal and (missed := heal[1].detail.get("missed")):
        return f"{label} missed its aim: {missed}."
    if effect is None:
        return f"{label} never took effect."
    if heal is None:
        return f"{label} was never healed."
    if heal[1].mono < effect[1].mono:
        return f"{label} took effect only after it was healed."
    if max(each[1].detail.get("in_flight", 0) for each in (effect, heal)) < 1:
        return f"No operation was in flight while the fault {fault.name} ({fault.id}) was in force."
    return None
