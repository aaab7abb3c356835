"""The sentence at the top: what matters most comes first, and nothing is rounded up."""

import pytest

from harness.judgement import RunJudgement, ScenarioJudgement, SuiteJudgement
from harness.report.wording import KNOWN, counted, run_sign, sentence, verdict_sign
from harness.verdict import Evidence, Outcome, Verdict

VALID, INVALID, UNKNOWN = Outcome.VALID, Outcome.INVALID, Outcome.UNKNOWN


def verdict(outcome: Outcome, guarantee: str = "no-task-lost") -> Verdict:
    return Verdict(guarantee, outcome, "A summary.")


def run(*scenarios: list[Verdict], error: str | None = None, aborted: bool = False) -> RunJudgement:
    judged = [
        ScenarioJudgement.of(
            f"s{i}",
            "T.",
            verdicts,
            seed=1,
            repeat="r",
            started_wall_ns=0,
            duration_s=1,
            error=error,
        )
        for i, verdicts in enumerate(scenarios)
    ]
    return RunJudgement.of("shop", judged, aborted=aborted)


WEAK = verdict(INVALID, "effects-match").as_known_weakness("Why.")
GONE = verdict(VALID, "effects-match").as_known_weakness("Why.")


@pytest.mark.parametrize(
    ("judgement", "said"),
    [
        (run([verdict(VALID)] * 2, [verdict(VALID)]), "All 3 promises kept in 2 scenarios."),
        (
            run([verdict(INVALID), verdict(INVALID, "effects-match")], [verdict(VALID)]),
            "2 promises were broken in 1 of 2 scenarios: no-task-lost, effects-match.",
        ),
        (
            run([verdict(UNKNOWN)]),
            "1 promise could not be judged: no-task-lost.",
        ),
        (
            run([verdict(VALID), WEAK]),
            "The one promise kept in 1 scenario. "
            "A known weakness showed 1 time, as declared: effects-match.",
        ),
        (run([verdict(VALID)], error="No."), "1 scenario did not run to the end: s0."),
        (run([]), "1 scenario judged nothing: s0."),
        (run(), "No scenario was run."),
        (run(aborted=True), "The run was aborted after 0 scenarios."),
    ],
)
def test_the_sentence(judgement: RunJudgement, said: str) -> None:
    assert sentence(judgement) == said


def test_a_suite_that_never_came_to_a_state_says_so() -> None:
    never = Verdict("reaches", UNKNOWN, "s", {}, (Evidence("Never."),))
    suites = [SuiteJudgement("shop", never)]
    judgement = RunJudgement.of("shop", run([verdict(VALID)]).scenarios, suites=suites)
    assert sentence(judgement) == "The suite shop never came to 1 state that it promises."


def test_a_weakness_gone_is_told_with_what_to_do() -> None:
    said = sentence(run([GONE]))
    assert "effects-match did not show" in said
    assert "take the declaration away" in said
    assert "kept" not in said


def test_a_broken_known_weakness_is_neither_valid_nor_invalid() -> None:
    assert verdict_sign(WEAK) is KNOWN
    assert verdict_sign(GONE).word == "valid"


@pytest.mark.parametrize(
    ("judgement", "word"),
    [
        (run([verdict(VALID)]), "valid"),
        (run([GONE]), "invalid"),
        (run([verdict(UNKNOWN)]), "unknown"),
        (run([verdict(INVALID)], aborted=True), "aborted"),
    ],
)
def test_the_sign_of_a_run(judgement: RunJudgement, word: str) -> None:
    assert run_sign(judgement).word == word


def test_numbers_agree_with_their_nouns() -> None:
    assert [counted(n, "line") for n in (0, 1, 1_234)] == ["0 lines", "1 line", "1,234 lines"]
