"""What a checker says: valid, invalid or unknown, with the evidence."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum


class Outcome(StrEnum):
    """Three values. Unknown is never rounded up to valid."""

    VALID = "valid"
    INVALID = "invalid"
    UNKNOWN = "unknown"


def merge(outcomes: Iterable[Outcome]) -> Outcome:
    """Invalid beats unknown beats valid. Of nothing, nothing is known."""
    seen = set(outcomes)
    for worst in (Outcome.INVALID, Outcome.UNKNOWN, Outcome.VALID):
        if worst in seen:
            return worst
    return Outcome.UNKNOWN


@dataclass(frozen=True, slots=True)
class Evidence:
    """One case that shows the outcome, with the lines of ``history.jsonl`` to look at."""

    sentence: str
    operation: str | None = None  # the operation's or task's id
    lines: tuple[int, ...] = ()  # 1-based line numbers


@dataclass(frozen=True, slots=True)
class Verdict:
    """The judgement of one guarantee over one history."""

    guarantee: str
    outcome: Outcome
    summary: str
    counts: Mapping[str, int] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    # Why this guarantee is known not to be kept here; set by a scenario, never by a checker.
    known_weakness: str | None = None
    # Strict: a weakness that never shows fails the run, since its declaration is out of date.
    strict_weakness: bool = True

    def as_known_weakness(self, reason: str, *, strict: bool = True) -> "Verdict":
        """The same verdict, reported but no longer counted against the run."""
        return replace(self, known_weakness=reason, strict_weakness=strict)

    @property
    def counted(self) -> Outcome:
        """The outcome that counts for the run: a broken known weakness does not fail it."""
        if self.known_weakness and self.outcome is Outcome.INVALID:
            return Outcome.VALID
        return self.outcome
