"""What a run of a nemesis came to, besides its verdict: faults that took effect, states reached."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from harness.checkers.coverage import STATES, reached
from harness.event import FAULT_EFFECTIVE, FAULT_INJECTED
from harness.history import History


@dataclass(frozen=True, slots=True)
class Summary:
    """Of a whole run, all its scenarios together."""

    injected: Counter[str]  # by fault
    effective: Counter[str]
    states: Counter[str]  # how often each was reached

    @classmethod
    def of(cls, history: History) -> Self:
        """Told from the history alone."""
        states: Counter[str] = Counter()
        for part in history.scenarios().values():
            states.update({state: len(lines) for state, lines in reached(part).items()})
        return cls(_names(history, FAULT_INJECTED), _names(history, FAULT_EFFECTIVE), states)

    def lines(self) -> Iterator[str]:
        """For people."""
        each = (f"{name} {self.effective[name]}/{n}" for name, n in sorted(self.injected.items()))
        took, tried = self.effective.total(), self.injected.total()
        yield f"Faults that took effect: {took} of {tried}" + (
            f" ({', '.join(each)})" * bool(tried)
        )
        yield "States reached: " + (_told(self.states) or "none")
        yield "Never reached: " + (", ".join(s for s in STATES if not self.states[s]) or "none")


def _told(states: Counter[str]) -> str:
    return ", ".join(f"{state} ({states[state]})" for state in STATES if states[state])


def _names(history: History, type_: str) -> Counter[str]:
    return Counter(event.name for event in history if event.type == type_)
