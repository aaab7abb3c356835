"""No node may exit unless a fault or the run itself made it."""

from dataclasses import dataclass
from typing import ClassVar

from harness.event import (
    NODE_EXITED,
    NODE_READY,
    NODE_STARTED,
    NODE_STOPPED,
    NODE_UP,
    Event,
)
from harness.history import History
from harness.verdict import Evidence, Outcome, Verdict

NODE_EVENTS = frozenset({NODE_UP, NODE_STARTED, NODE_READY, NODE_EXITED, NODE_STOPPED})


@dataclass(frozen=True, slots=True)
class NodesStayUp:
    """An exit is expected when the supervisor knew of a fault or a stop that causes it."""

    guarantee: ClassVar[str] = "nodes-stay-up"
    nodes: tuple[str, ...] = ()  # where not all can be watched: those that must have been

    def check(self, history: History) -> Verdict:
        """Judge; unknown when the history tells of no node, or not of all that matter."""
        seen = [(line, event) for line, event in history.numbered() if event.type in NODE_EVENTS]
        exits = [(line, event) for line, event in seen if event.type == NODE_EXITED]
        crashes = [each for each in exits if not each[1].detail.get("expected", False)]
        counts = {
            "nodes": len({event.id for _, event in seen}),
            "exits": len(exits),
            "unexpected_exits": len(crashes),
            "restarts": sum(_is_restart(event) for _, event in seen),
        }
        if not seen:
            nothing = "The history tells of no node."
            return Verdict(self.guarantee, Outcome.UNKNOWN, nothing, counts)
        unwatched = sorted(set(self.nodes) - {event.id for _, event in seen})
        if unwatched and not crashes:
            nobody = f"Nobody watched whether these stay up: {', '.join(unwatched)}."
            return Verdict(self.guarantee, Outcome.UNKNOWN, nobody, counts)
        if not crashes:
            kept = f"No node exited of itself; {len(exits)} exits were caused by the run."
            return Verdict(self.guarantee, Outcome.VALID, kept, counts)
        names = ", ".join(sorted({event.id for _, event in crashes}))
        summary = f"Nodes exited {len(crashes)} times though nothing in the run made them: {names}."
        evidence = tuple(_evidence(line, event) for line, event in crashes)
        return Verdict(self.guarantee, Outcome.INVALID, summary, counts, evidence)


def _is_restart(event: Event) -> bool:
    return event.type == NODE_STARTED and event.detail.get("restarts", 0) > 0


def _evidence(line: int, event: Event) -> Evidence:
    code, cause = event.detail.get("code"), event.detail.get("cause") or "cause unknown"
    how = "exited" if code is None else f"exited with code {code}"
    sentence = f"{event.id} {how} though no fault and no stop made it: {cause}."
    return Evidence(sentence, None, (line,))
