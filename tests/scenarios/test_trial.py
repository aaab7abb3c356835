"""The table of the trial: rows are verdicts, and nothing else."""

from harness.judgement import RunJudgement, ScenarioJudgement
from harness.verdict import Evidence, Outcome, Verdict
from scenarios import trial

SCENARIO = "report_ends_failed"


def judged(*verdicts: Verdict) -> RunJudgement:
    scenario = ScenarioJudgement.of(
        SCENARIO, "Two reports", verdicts, seed=1, repeat="", started_wall_ns=0, duration_s=1
    )
    return RunJudgement.of("shop", [scenario])


def verdict(outcome: Outcome, *evidence: Evidence) -> Verdict:
    return Verdict("effects-match", outcome, "", {}, evidence)


def test_a_row_is_a_conviction_beside_its_acquittal() -> None:
    # Given a run that convicts and one that acquits
    evidence = [Evidence("a | b happened 0 times.", "x", (7, 9)), Evidence("c", "y", (8,))]
    convicted = judged(verdict(Outcome.INVALID, *evidence))
    acquitted = judged(verdict(Outcome.VALID))
    # Then the row says what was promised, how it was broken, where to look and what keeps it
    (row,) = trial.table(convicted, acquitted).removeprefix(trial.HEAD).splitlines()
    assert row.startswith("| a report that cannot be written ends as failed, after its retries.")
    assert f"| Two reports (`{SCENARIO}`) | `effects-match` |" in row
    assert r"| a \| b happened 0 times. history.jsonl: 7, 9 (1 more) | valid | the task asks" in row


def test_what_was_not_convicted_has_no_row() -> None:
    valid = judged(verdict(Outcome.VALID), verdict(Outcome.UNKNOWN))
    assert trial.table(valid, valid) == trial.HEAD


def test_what_the_other_run_did_not_judge_is_not_called_kept() -> None:
    convicted = judged(verdict(Outcome.INVALID, Evidence("no.", None, (1,))))
    assert "| not run |" in trial.table(convicted, RunJudgement.of("shop", []))
