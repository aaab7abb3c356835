"""A backlog that an outage piled up is worked off while the load goes on.

The queues count as drained when they hold no more than they held at most before the outage. What
is not drained when the load ends never was: a system that only keeps up stays behind for ever.
"""

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from harness.checkers.conclusion import NS_PER_MS, OTHERS_PERCENT_MAX, others_percent
from harness.checkers.meets_thresholds import load_phase
from harness.event import FAULT_HEALED, FAULT_INJECTED, SAMPLE
from harness.history import History
from harness.verdict import Evidence, Outcome, Verdict


class Depth(NamedTuple):
    """How much all queues held together, at one sample."""

    line: int
    mono: int
    messages: int


@dataclass(frozen=True, slots=True)
class DrainsAfterHeal:
    """Unknown unless something piled up, and the load went on after the heal."""

    guarantee: ClassVar[str] = "drains-after-heal"
    drain_ms_max: int = 0  # from the last heal; 0: as long as the load lasts

    def check(self, history: History) -> Verdict:
        """Judge the samples of the load phase."""
        begun, ended = load_phase(history) or (0, 0)
        injected = [e.mono for e in history if e.type == FAULT_INJECTED and e.mono > begun]
        healed = [each for each in history.numbered() if each[1].type == FAULT_HEALED]
        if not ended or not injected or not healed:
            return self._unknown("There was no outage under load.")
        line, heal = healed[-1]
        depths = _depths(history)
        before = [d.messages for d in depths if begun <= d.mono < injected[0]]
        after = [d for d in depths if heal.mono <= d.mono <= ended]
        if not before or not after:
            return self._unknown("No queue was sampled before the outage and after its heal.")
        usual, piled = max(before), after[0].messages
        if piled <= usual:
            return self._unknown(f"Nothing piled up: {piled} messages at the heal, as before.")
        drained = next((d for d in after if d.messages <= usual), None)
        return self._verdict(history, line, heal.mono, usual, after, drained)

    def _unknown(self, why: str) -> Verdict:
        return Verdict(self.guarantee, Outcome.UNKNOWN, why)

    def _verdict(
        self,
        history: History,
        line: int,
        heal: int,
        usual: int,
        after: list[Depth],
        drained: Depth | None,
    ) -> Verdict:
        piled, last = after[0].messages, after[-1]
        watched = (last.mono - heal) // NS_PER_MS
        counts = {"usual": usual, "at_heal": piled, "at_end": last.messages, "watched_ms": watched}
        if drained is None:
            trend = "growing" if last.messages >= piled else "shrinking too slowly"
            never = (
                f"The backlog never drained: {piled} messages when the outage was healed, "
                f"{last.messages} when the load ended {watched} ms later ({trend}); "
                f"at most {usual} before."
            )
            evidence = Evidence(never, None, (line, last.line))
            return self._late(evidence, counts, others_percent(history, heal, last.mono))
        took = (drained.mono - heal) // NS_PER_MS
        kept = f"The backlog of {piled} messages had drained {took} ms after the heal."
        counts["drain_ms"] = took
        if self.drain_ms_max and took > self.drain_ms_max:
            late = f"{kept[:-1]} (at most {self.drain_ms_max})."
            evidence = Evidence(late, None, (line, drained.line))
            return self._late(evidence, counts, others_percent(history, heal, drained.mono))
        return Verdict(self.guarantee, Outcome.VALID, kept, counts)

    def _late(self, evidence: Evidence, counts: dict[str, int], others: int) -> Verdict:
        """Broken, unless others kept the machine busy: then nobody can say whose fault it is."""
        if others <= OTHERS_PERCENT_MAX:
            said = evidence.sentence
            return Verdict(self.guarantee, Outcome.INVALID, said, counts, (evidence,))
        busy = f"{evidence.sentence} But meanwhile other work took {others} % of the machine."
        counts["others_percent"] = others
        return Verdict(self.guarantee, Outcome.UNKNOWN, busy, counts, (evidence,))


def _depths(history: History) -> list[Depth]:
    """The sum over all queues, whenever one was sampled and each was seen once."""
    queues = {event.id for event in history if event.type == SAMPLE}
    known: dict[str, int] = {}
    depths = []
    for line, event in history.numbered():
        if event.type == SAMPLE:
            known[event.id] = event.detail["ready"] + event.detail["unacked"]
            if known.keys() == queues:
                depths.append(Depth(line, event.mono, sum(known.values())))
    return depths
