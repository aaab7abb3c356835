"""What is known not to be kept, and why: said by a scenario's mark, or by the target's file."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from harness.history import History
from harness.target import Target, Weakness
from harness.verdict import Verdict


@dataclass(frozen=True, slots=True)
class KnownWeakness:
    """A guarantee that is known not to be kept here, and why.

    It excuses nothing but what it names: a verdict with any evidence whose sentence does not
    hold ``covers``, or with more evidence than the history has events of the types ``one_per``,
    counts as if no weakness were declared.
    """

    guarantee: str
    reason: str
    covers: str = ""
    strict: bool = True  # fails the run when the guarantee turns out to hold always
    one_per: Sequence[str] = ()  # types of events, each of which explains one case; none: any

    def excuses(self, verdict: Verdict, history: History) -> bool:
        """Whether it is about this verdict, and explains all that is wrong in it."""
        named = all(self.covers in evidence.sentence for evidence in verdict.evidence)
        return verdict.guarantee == self.guarantee and named and self._enough(verdict, history)

    def _enough(self, verdict: Verdict, history: History) -> bool:
        if not self.one_per or not verdict.evidence:
            return True  # nothing to count in what may be a million events
        return len(verdict.evidence) <= sum(event.type in self.one_per for event in history)


def known_of(
    target: Target, declared: Iterable[Weakness], promised: Collection[str]
) -> list[KnownWeakness]:
    """What a target file declares, of what is promised, for its broker.

    None is strict: in whatever is done to the system, it is chance whether something meets it.
    """
    return [
        KnownWeakness(
            each.guarantee, each.reason, each.covers, strict=False, one_per=tuple(each.one_per)
        )
        for each in declared
        if each.guarantee in promised and each.broker in (None, target.broker)
    ]
