"""What verdicts come to, the strict rule for known weaknesses, and verdict.json."""

import json
from pathlib import Path

import pytest

from harness.errors import CrucibleError
from harness.judgement import RunJudgement, ScenarioJudgement, load, store
from harness.verdict import Evidence, Outcome, Verdict

VALID, INVALID, UNKNOWN = Outcome.VALID, Outcome.INVALID, Outcome.UNKNOWN


def verdict(outcome: Outcome, guarantee: str = "no-task-lost") -> Verdict:
    return Verdict(guarantee, outcome, "A summary.", {"tasks": 3}, (Evidence("Seen.", "op", (2,)),))


def scenario(*verdicts: Verdict, name: str = "kill", error: str | None = None) -> ScenarioJudgement:
    return ScenarioJudgement.of(
        name,
        "Kills.",
        verdicts,
        seed=7,
        repeat="crucible run",
        started_wall_ns=1,
        duration_s=1.5,
        error=error,
    )


@pytest.mark.parametrize(
    ("outcomes", "expected", "exit_code"),
    [
        ([VALID, VALID], VALID, 0),
        ([VALID, UNKNOWN], UNKNOWN, 3),
        ([UNKNOWN, INVALID, VALID], INVALID, 1),
        ([], UNKNOWN, 3),
    ],
)
def test_the_worst_outcome_is_the_runs(
    outcomes: list[Outcome], expected: Outcome, exit_code: int
) -> None:
    # Given verdicts, When they are merged in one scenario and over several
    together = RunJudgement.of("shop", [scenario(*map(verdict, outcomes))])
    apart = RunJudgement.of("shop", [scenario(verdict(outcome)) for outcome in outcomes])
    # Then
    assert (together.outcome, together.exit_code) == (expected, exit_code)
    assert (apart.outcome, apart.exit_code) == (expected, exit_code)


def test_a_scenario_that_failed_to_run_is_never_valid() -> None:
    assert scenario(verdict(VALID), error="No port.").outcome is UNKNOWN
    assert scenario(verdict(INVALID), error="No port.").outcome is INVALID


@pytest.mark.parametrize("outcome", list(Outcome))
def test_an_aborted_run_exits_with_4_and_is_never_valid(outcome: Outcome) -> None:
    run = RunJudgement.of("shop", [scenario(verdict(outcome))], aborted=True)
    assert run.exit_code == 4
    assert run.outcome is not VALID


def test_a_known_weakness_that_shows_somewhere_does_not_fail_the_run() -> None:
    # Given a weakness declared twice that shows once
    held = verdict(VALID).as_known_weakness("Redis.")
    showed = verdict(INVALID).as_known_weakness("Redis.")
    # When
    run = RunJudgement.of("shop", [scenario(held), scenario(showed)])
    # Then
    assert (run.outcome, run.known_weaknesses_gone) == (VALID, ())


def test_a_known_weakness_that_never_shows_makes_the_run_invalid() -> None:
    # Given a weakness that held wherever it was declared, and the guarantee undeclared elsewhere
    held = verdict(VALID).as_known_weakness("Redis.")
    # When
    run = RunJudgement.of("shop", [scenario(held), scenario(held), scenario(verdict(VALID))])
    # Then
    assert run.known_weaknesses_gone == ("no-task-lost",)
    assert (run.outcome, run.exit_code) == (INVALID, 1)


def test_a_known_weakness_that_was_not_judged_everywhere_is_not_gone() -> None:
    held = verdict(VALID).as_known_weakness("Redis.")
    unjudged = verdict(UNKNOWN).as_known_weakness("Redis.")
    run = RunJudgement.of("shop", [scenario(held), scenario(unjudged)])
    assert (run.outcome, run.known_weaknesses_gone) == (UNKNOWN, ())


def test_a_weakness_that_is_not_strict_may_hold() -> None:
    held = verdict(VALID).as_known_weakness("Races.", strict=False)
    run = RunJudgement.of("shop", [scenario(held)])
    assert (run.outcome, run.known_weaknesses_gone) == (VALID, ())


def test_an_aborted_run_does_not_say_that_a_weakness_is_gone() -> None:
    held = verdict(VALID).as_known_weakness("Redis.")
    run = RunJudgement.of("shop", [scenario(held)], aborted=True)
    assert run.known_weaknesses_gone == ()


def test_what_is_stored_is_what_is_loaded(tmp_path: Path) -> None:
    # Given every field in use
    weak = verdict(INVALID, "effects-match").as_known_weakness("Why.", strict=False)
    held = verdict(VALID, "nodes-stay-up").as_known_weakness("Why.")
    scenarios = [scenario(weak, held), scenario(verdict(UNKNOWN), name="b", error="Größe \x00")]
    run = RunJudgement.of("shop", scenarios)
    # When
    path = store(tmp_path, run)
    # Then
    assert path == tmp_path / "verdict.json"
    assert load(tmp_path) == run
    stored = json.loads(path.read_text(encoding="utf-8"))
    assert (stored["schema"], stored["version"], stored["exit_code"]) == ("crucible/verdict", 1, 1)


def changed(**fields: object) -> str:
    stored = json.loads(RunJudgement.of("shop", [scenario(verdict(VALID))]).to_json())
    return json.dumps(stored | fields)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not a verdict"),
        ("[]", "not a verdict"),
        (changed(schema="crucible/history"), "crucible/history"),
        (changed(version=2), "newer Crucible"),
        (changed(outcome="fine"), "damaged"),
        (changed(scenarios=[{"name": "kill"}]), "damaged"),
        (changed(scenarios=[7]), "damaged"),
    ],
)
def test_what_is_no_verdict_is_refused(text: str, message: str) -> None:
    with pytest.raises(CrucibleError, match=message) as refusal:
        RunJudgement.from_json(text, source="v.json")
    assert "v.json" in refusal.value.message
    assert refusal.value.exit_code == 2


def test_a_missing_verdict_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(CrucibleError, match="Cannot read the verdict") as refusal:
        load(tmp_path)
    assert "crucible check" in refusal.value.hint


def test_text_that_is_not_utf_8_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "verdict.json").write_bytes(b"\xff\xfe")
    with pytest.raises(CrucibleError, match="not UTF-8"):
        load(tmp_path)
