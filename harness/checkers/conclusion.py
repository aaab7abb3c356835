"""How a checker that judges case by case comes to its verdict.

Broken beats not judged beats kept; where nothing was put to the test, nothing is known.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from harness.event import MACHINE
from harness.history import History
from harness.verdict import Evidence, Outcome, Verdict

# Above this, time that was lost may have been lost to others' work, and is not judged.
OTHERS_PERCENT_MAX: Final = 25
NS_PER_MS: Final = 1_000_000
NS_PER_S: Final = 1_000_000_000


@dataclass(slots=True)
class Findings:
    """What was found case by case; ``judged`` counts the cases that were put to the test."""

    history: History
    judged: int = 0
    broken: list[Evidence] = field(default_factory=list)
    undecided: list[Evidence] = field(default_factory=list)

    def break_(self, sentence: str, operation: str | None, lines: tuple[int, ...]) -> None:
        """A case in which the promise was broken."""
        self.broken.append(Evidence(sentence, operation, _sorted(lines)))

    def doubt(self, sentence: str, operation: str | None, lines: tuple[int, ...]) -> None:
        """A case that cannot be judged; the sentence says what is missing."""
        self.undecided.append(Evidence(sentence, operation, _sorted(lines)))

    def late(
        self,
        sentence: str,
        operation: str | None,
        lines: tuple[int, ...],
        span: tuple[int, int],
    ) -> None:
        """A bound was missed between two moments: broken, unless others kept the machine busy."""
        others = others_percent(self.history, *span)
        if others <= OTHERS_PERCENT_MAX:
            self.break_(sentence, operation, lines)
        else:
            busy = f"{sentence} But meanwhile other work took {others} % of the machine."
            self.doubt(busy, operation, lines)

    def verdict(
        self, guarantee: str, *, kept: str, untested: str, counts: Mapping[str, int]
    ) -> Verdict:
        """The verdict; ``kept`` and ``untested`` are the summaries of valid and of nothing."""
        counted = {"judged": self.judged, **counts, "broken": len(self.broken)}
        evidence = (*self.broken, *self.undecided)
        if self.broken:
            summary = f"Not kept in {len(self.broken)} cases; {self.judged} were judged."
            return Verdict(guarantee, Outcome.INVALID, summary, counted, evidence)
        if self.undecided:
            summary = f"{len(self.undecided)} cases could not be judged."
            return Verdict(guarantee, Outcome.UNKNOWN, summary, counted, evidence)
        if not self.judged:
            return Verdict(guarantee, Outcome.UNKNOWN, untested, counted)
        return Verdict(guarantee, Outcome.VALID, kept, counted)


def others_percent(history: History, since: int, until: int | None = None) -> int:
    """How busy others kept the machine: the mean of what was sampled meanwhile; 0 without any.

    ``until``: a moment; None: to the end.
    """
    # A sample tells of the second before it.
    last = math.inf if until is None else until + NS_PER_S
    samples = [
        event.detail["others_percent"]
        for event in history
        if event.type == MACHINE and since < event.mono <= last
    ]
    return round(sum(samples) / len(samples)) if samples else 0


def _sorted(lines: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sorted(set(lines)))
