"""A run that never reached the states it promises has not put them to the test."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from harness.checkers.coverage import STATES, reached
from harness.history import History
from harness.verdict import Evidence, Outcome, Verdict


@dataclass(frozen=True, slots=True)
class Reaches:
    """Never invalid: what was not reached was not tested, whoever is to blame."""

    guarantee: ClassVar[str] = "reaches"
    states: tuple[str, ...] = ()  # names of harness.checkers.coverage

    def check(self, history: History) -> Verdict:
        """Valid when each promised state was reached; every state is counted."""
        counts = {state: len(lines) for state, lines in reached(history).items()}
        if not history.events:
            return Verdict(self.guarantee, Outcome.UNKNOWN, "Nothing happened.", counts)
        return self.judge(counts)

    def judge(self, counts: Mapping[str, int]) -> Verdict:
        """The same by how often each state was reached, be it in one history or in several."""
        unheard = [state for state in self.states if state not in STATES]
        missing = [state for state in self.states if not counts.get(state)]
        never = [state for state, times in counts.items() if not times]
        told = f"Reached {len(counts) - len(never)} of {len(counts)} known states"
        told += f"; never: {', '.join(never)}." if never else "."
        if not missing:
            return Verdict(self.guarantee, Outcome.VALID, told, counts)
        evidence = tuple(
            Evidence(f"There is no state {state}." if state in unheard else _never(state))
            for state in missing
        )
        return Verdict(self.guarantee, Outcome.UNKNOWN, told, counts, evidence)


def _never(state: str) -> str:
    meaning = (STATES[state].__doc__ or "").strip().rstrip(".")
    return f"Promised and never reached: {state} ({meaning})."
