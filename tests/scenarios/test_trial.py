"""The table of the trial: rows are verdicts, and nothing else."""

import pytest

from harness.errors import CrucibleError
from harness.judgement import RunJudgement, ScenarioJudgement
from harness.verdict import Evidence, Outcome, Verdict
from scenarios import trial

SCENARIO = "report_ends_failed"
TOOK_EFFECT = Verdict("faults-took-effect", Outcome.VALID, "")
NO = Evidence("no.", None, (1,))


def judged(*verdicts: Verdict, name: str = SCENARIO) -> RunJudgement:
    scenario = ScenarioJudgement.of(
        name, "Two reports", verdicts, seed=7, repeat="", started_wall_ns=0, duration_s=1
    )
    return RunJudgement.of("shop", [scenario])


def verdict(outcome: Outcome, *evidence: Evidence) -> Verdict:
    return Verdict("effects-match", outcome, "", {}, evidence)


def rows(page: str) -> list[str]:
    """The rows of all tables, without their heads."""
    lines = [line for line in page.splitlines() if line.startswith("|")]
    return [line for line in lines if not line.startswith(("| ---", "| promise"))]


def test_a_row_is_a_conviction_beside_its_acquittal() -> None:
    # Given a run that convicts and one that acquits
    evidence = [Evidence("a | b happened 0 times.", "x", (7, 9)), Evidence("c", "y", (8,))]
    convicted = judged(verdict(Outcome.INVALID, *evidence))
    acquitted = judged(verdict(Outcome.VALID))
    # Then the row says what was promised, how it was broken, where to look and what keeps it
    (row,) = rows(trial.page(convicted, acquitted))
    assert row.startswith("| a report that cannot be written ends as failed, after its retries.")
    assert f"| Two reports (`{SCENARIO}`) | `effects-match` |" in row
    assert r"| a \| b happened 0 times. history.jsonl: 7, 9 (1 more) | valid | the task asks" in row
    # And so does the README's, in short
    (row,) = rows(trial.short_table(convicted, acquitted))
    assert "retries | Two reports | `effects-match` (2, line 7) | the task asks whether" in row


def test_what_was_not_convicted_has_no_row_but_is_named() -> None:
    for outcome, said in ((Outcome.VALID, "in: `report"), (Outcome.UNKNOWN, "Not judged: `report")):
        kept = judged(verdict(outcome))
        page = trial.page(kept, kept)
        assert rows(page) == []
        assert said in page
        assert "Seed 7." in page


def test_what_the_other_run_did_not_keep_is_not_called_kept() -> None:
    convicted = judged(verdict(Outcome.INVALID, NO))
    for other, said in (
        (RunJudgement.of("shop", []), "not run"),
        (judged(verdict(Outcome.VALID), TOOK_EFFECT, Verdict("x", Outcome.UNKNOWN, "")), "unknown"),
    ):
        assert f"| {said} |" in trial.page(convicted, other)
        assert f"| **{said}** |" in trial.short_table(convicted, other)


def test_what_recurs_everywhere_is_told_once_in_the_short_table() -> None:
    # Given two scenarios in which results tell nothing, one of which is about that
    broken = Verdict("results-match", Outcome.INVALID, "", {}, (NO,))
    about = judged(broken, name="results_tell_what_happened").scenarios
    run = RunJudgement.of("shop", [*judged(broken).scenarios, *about])
    # Then the page has both, kept in the same way, and the README's table the one
    assert len(rows(trial.page(run, run))) == 2
    assert all("CELERY_RESULT_EXTENDED" in row for row in rows(trial.page(run, run)))
    assert len(rows(trial.short_table(run, run))) == 1


def test_what_needs_no_fault_comes_first() -> None:
    broken = verdict(Outcome.INVALID, NO)
    faulted = judged(broken, TOOK_EFFECT, name="order_survives_lost_reply").scenarios
    run = RunJudgement.of("shop", [*faulted, *judged(broken).scenarios])
    page = trial.page(run, run)
    assert page.index("## Without any fault") < page.index(f"(`{SCENARIO}`)")
    assert page.index("## Under a fault") < page.index("(`order_survives_lost_reply`)")


def test_the_short_table_is_put_between_the_marks_again_and_again() -> None:
    text = f"before\n{trial.BEGIN}\nold\n{trial.END}\nafter\n"
    once = trial.put_between(text, "new\n")
    assert once == f"before\n{trial.BEGIN}\nnew\n{trial.END}\nafter\n"
    assert trial.put_between(once, "new\n") == once
    with pytest.raises(CrucibleError, match="no place"):
        trial.put_between("nothing", "new\n")
