"""The verdict in words and signs, the same on the page and in the terminal."""

from dataclasses import dataclass
from typing import Final

from harness.judgement import RunJudgement, SuiteJudgement
from harness.verdict import Outcome, Verdict


@dataclass(frozen=True, slots=True)
class Sign:
    """How an outcome is shown: never by colour alone."""

    symbol: str
    word: str
    css_class: str


_SIGNS: Final = {
    Outcome.VALID: Sign("✓", "valid", "valid"),
    Outcome.INVALID: Sign("✗", "invalid", "invalid"),
    Outcome.UNKNOWN: Sign("?", "unknown", "unknown"),
}
KNOWN: Final = Sign("△", "known weakness", "known")
ABORTED: Final = Sign("■", "aborted", "unknown")
NOT_JUDGED: Final = Sign("·", "not judged", "none")


def sign(outcome: Outcome) -> Sign:
    """The sign of an outcome."""
    return _SIGNS[outcome]


def verdict_sign(verdict: Verdict) -> Sign:
    """The sign of one guarantee: a broken promise, or a weakness that was declared."""
    if verdict.known_weakness and verdict.outcome is Outcome.INVALID:
        return KNOWN
    return sign(verdict.outcome)


def run_sign(judgement: RunJudgement) -> Sign:
    """The sign of the whole run."""
    return ABORTED if judgement.aborted else sign(judgement.outcome)


def sentence(judgement: RunJudgement) -> str:
    """The run in a sentence or two, beginning with what matters most."""
    parts = [_aborted(judgement), _broken(judgement), _gone(judgement), _unknown(judgement)]
    said = [part for part in parts if part]
    if not said:
        held = judgement.outcome is Outcome.VALID
        said = [_kept(judgement) if held else f"The run is {judgement.outcome}."]
    return " ".join([*said, *_known(judgement)])


def _aborted(judgement: RunJudgement) -> str:
    if not judgement.aborted:
        return ""
    return f"The run was aborted after {counted(len(judgement.scenarios), 'scenario')}."


def _broken(judgement: RunJudgement) -> str:
    verdicts = _counting(judgement, Outcome.INVALID)
    if not verdicts:
        return ""
    where = sum(
        any(verdict.counted is Outcome.INVALID for verdict in scenario.verdicts)
        for scenario in judgement.scenarios
    )
    verb = "was" if len(verdicts) == 1 else "were"
    return (
        f"{counted(len(verdicts), 'promise')} {verb} broken in {where} of "
        f"{counted(len(judgement.scenarios), 'scenario')}: {_names(verdicts)}."
    )


def _gone(judgement: RunJudgement) -> str:
    gone = judgement.known_weaknesses_gone
    if not gone:
        return ""
    noun = "weakness" if len(gone) == 1 else "weaknesses"
    verb = "holds" if len(gone) == 1 else "hold"
    return (
        f"The declared known {noun} {', '.join(gone)} did not show: the guarantee {verb} after "
        "all, so take the declaration away."
    )


def _unknown(judgement: RunJudgement) -> str:
    verdicts = _counting(judgement, Outcome.UNKNOWN)
    failed = [scenario.name for scenario in judgement.scenarios if scenario.error]
    empty = [s.name for s in judgement.scenarios if not s.verdicts and not s.error]
    said = []
    if verdicts:
        said.append(f"{counted(len(verdicts), 'promise')} could not be judged: {_names(verdicts)}.")
    said += [_unreached(s) for s in judgement.suites if s.verdict.counted is Outcome.UNKNOWN]
    if failed:
        said.append(
            f"{counted(len(failed), 'scenario')} did not run to the end: {', '.join(failed)}."
        )
    if empty:
        said.append(f"{counted(len(empty), 'scenario')} judged nothing: {', '.join(empty)}.")
    if not judgement.scenarios and not judgement.aborted:
        said.append("No scenario was run.")
    return " ".join(said)


def _unreached(suite: SuiteJudgement) -> str:
    missing = len(suite.verdict.evidence)
    return f"The suite {suite.name} never came to {counted(missing, 'state')} that it promises."


def _kept(judgement: RunJudgement) -> str:
    verdicts = _counting(judgement, Outcome.VALID)
    held = sum(verdict.outcome is Outcome.VALID for verdict in verdicts)
    promises = "The one promise" if held == 1 else f"All {counted(held, 'promise')}"
    return f"{promises} kept in {counted(len(judgement.scenarios), 'scenario')}."


def _known(judgement: RunJudgement) -> list[str]:
    shown = [
        verdict
        for scenario in judgement.scenarios
        for verdict in scenario.verdicts
        if verdict_sign(verdict) is KNOWN
    ]
    if not shown:
        return []
    times = counted(len(shown), "time")
    return [f"A known weakness showed {times}, as declared: {_names(shown)}."]


def _counting(judgement: RunJudgement, outcome: Outcome) -> list[Verdict]:
    return [
        verdict
        for scenario in judgement.scenarios
        for verdict in scenario.verdicts
        if verdict.counted is outcome
    ]


def _names(verdicts: list[Verdict]) -> str:
    return ", ".join(dict.fromkeys(verdict.guarantee for verdict in verdicts))


def counted(number: int, noun: str) -> str:
    """``1 promise``, ``2 promises``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
