"""junit.xml: a case per promise; failure, error and skipped mean what CI takes them to mean."""

from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

from harness.errors import CrucibleError
from harness.judgement import RunJudgement, ScenarioJudgement, Skipped, SuiteJudgement
from harness.report.junit import document, write
from harness.verdict import Evidence, Outcome, Verdict


def scenario(*verdicts: Verdict, error: str | None = None) -> ScenarioJudgement:
    return ScenarioJudgement.of(
        "kill",
        "T.",
        verdicts,
        seed=7,
        repeat="crucible run -k kill",
        started_wall_ns=0,
        duration_s=2.5,
        error=error,
    )


def cases(root: Element) -> dict[str, list[str]]:
    return {case.get("name", ""): [each.tag for each in case] for case in root.iter("testcase")}


def totals(root: Element) -> list[str | None]:
    return [root.get(name) for name in ("tests", "failures", "errors", "skipped")]


def test_each_outcome_has_its_tag() -> None:
    # Given one verdict of each kind
    verdicts = [
        Verdict("held", Outcome.VALID, "s"),
        Verdict("broken", Outcome.INVALID, "s"),
        Verdict("doubtful", Outcome.UNKNOWN, "s"),
        Verdict("weak", Outcome.INVALID, "s").as_known_weakness("Redis."),
    ]
    # When
    root = document(RunJudgement.of("shop", [scenario(*verdicts)]))
    # Then
    assert cases(root) == {
        "kill": [],
        "held": [],
        "broken": ["failure"],
        "doubtful": ["error"],
        "weak": ["skipped"],
    }
    assert totals(root) == ["5", "1", "1", "1"]


def test_what_a_suite_never_came_to_is_an_error() -> None:
    never = Verdict("reaches", Outcome.UNKNOWN, "s", {}, (Evidence("Never."),))
    suites = [SuiteJudgement("shop", never)]
    root = document(RunJudgement.of("shop", [scenario()], suites=suites))
    assert cases(root)["reaches"] == ["error"]


def test_what_was_skipped_is_a_case() -> None:
    skipped = [Skipped("gap", "only on redis: lists")]
    root = document(RunJudgement.of("shop", [scenario()], skipped=skipped))
    assert cases(root)["gap"] == ["skipped"]
    assert totals(root)[-1] == "1"


def test_a_failure_carries_the_evidence_and_how_to_repeat() -> None:
    evidence = Evidence("Order 8 was charged twice.", "order-8", (12, 15))
    broken = Verdict("effects-match", Outcome.INVALID, "1 charged twice.", {}, (evidence,))
    root = document(RunJudgement.of("shop", [scenario(broken)]))
    failure = root.find(".//failure")
    assert failure is not None
    assert failure.get("message") == "1 charged twice."
    text = failure.text or ""
    assert "Order 8 was charged twice. [order-8] (history.jsonl lines 12, 15)" in text
    assert "Repeat: crucible run -k kill" in text


@pytest.mark.parametrize("error", ["The broker did not start.", None])
def test_a_scenario_that_judged_nothing_is_an_error(error: str | None) -> None:
    root = document(RunJudgement.of("shop", [scenario(error=error)]))
    assert cases(root) == {"kill": ["error"]}


def test_a_weakness_gone_and_an_aborted_run_have_cases_of_their_own() -> None:
    held = Verdict("no-task-lost", Outcome.VALID, "s").as_known_weakness("Redis.")
    gone = document(RunJudgement.of("shop", [scenario(held)]))
    assert totals(gone) == ["3", "1", "0", "0"]
    aborted = document(RunJudgement.of("shop", [], aborted=True))
    assert totals(aborted) == ["1", "0", "1", "0"]


def test_what_xml_cannot_hold_is_replaced(tmp_path: Path, hostile: str) -> None:
    # Given control characters, a lone surrogate and markup
    sly = f"\x00\x1b[31m\ud800{hostile}"
    broken = Verdict(sly, Outcome.INVALID, sly, {}, (Evidence(sly, sly, (2,)),))
    # When
    path = write(tmp_path, RunJudgement.of(sly, [scenario(broken, error=sly)]))
    # Then it parses, and the readable part is all there
    failure = ElementTree.parse(path).getroot().find(".//failure")
    assert failure is not None
    assert hostile in failure.get("message", "")


def test_a_file_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "junit.xml").mkdir()
    with pytest.raises(CrucibleError, match=r"junit\.xml"):
        write(tmp_path, RunJudgement.of("shop", []))
