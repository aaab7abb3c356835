"""``junit.xml``: the judgement for continuous integration, a test case per promise."""

import re
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element, ElementTree, SubElement, indent

from harness.errors import CrucibleError
from harness.judgement import RunJudgement, ScenarioJudgement
from harness.report.wording import sentence
from harness.verdict import Outcome, Verdict

FILE_NAME: Final = "junit.xml"
EVIDENCE_MAX: Final = 20
# What XML 1.0 cannot hold, not even escaped.
_FORBIDDEN: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(run_dir: Path, judgement: RunJudgement) -> Path:
    """Write ``junit.xml`` into the run directory and return its path.

    Raises:
        CrucibleError: the file cannot be written.
    """
    path = run_dir / FILE_NAME
    root = document(judgement)
    indent(root)
    try:
        ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)
    except OSError as error:
        raise CrucibleError(
            f"Cannot write {path}: {error.strerror}.",
            hint="Make room or make the run directory writable.",
        ) from error
    return path


def document(judgement: RunJudgement) -> Element:
    """The ``<testsuites>`` element: a suite per scenario, a case per promise."""
    root = Element("testsuites", name=_clean(judgement.suite))
    for scenario in judgement.scenarios:
        _suite(root, judgement.suite, scenario)
    gone, skipped = judgement.known_weaknesses_gone, judgement.skipped
    if gone or skipped or judgement.suites or judgement.aborted:
        _run_suite(root, judgement)
    for count in ("tests", "failures", "errors", "skipped"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    return root


def _suite(root: Element, suite_name: str, scenario: ScenarioJudgement) -> None:
    suite = SubElement(root, "testsuite", name=_clean(scenario.name))
    suite.set("time", f"{scenario.duration_s:.3f}")
    class_name = f"{suite_name}.{scenario.name}"
    # The scenario's own case carries its duration; the promises are judged in no time.
    itself = _case(suite, class_name, scenario.name, scenario.duration_s)
    if scenario.error:
        _problem(itself, "error", "the scenario did not run to its end", scenario.error)
    elif not scenario.verdicts:
        _problem(itself, "error", "nothing was judged", "The scenario gave no verdict.")
    for verdict in scenario.verdicts:
        _judge(_case(suite, class_name, verdict.guarantee), verdict, scenario.repeat)
    _count(suite)


def _run_suite(root: Element, judgement: RunJudgement) -> None:
    suite = SubElement(root, "testsuite", name="run")
    for guarantee in judgement.known_weaknesses_gone:
        case = _case(suite, f"{judgement.suite}.known-weaknesses", guarantee)
        _problem(case, "failure", "a known weakness did not show", sentence(judgement))
    for skipped in judgement.skipped:
        case = _case(suite, f"{judgement.suite}.{skipped.name}", skipped.name)
        _problem(case, "skipped", skipped.reason, "The scenario was not tried.")
    for whole in judgement.suites:
        case = _case(suite, f"{judgement.suite}.suite.{whole.name}", whole.verdict.guarantee)
        _judge(case, whole.verdict, f"crucible run {whole.name}")
    if judgement.aborted:
        case = _case(suite, f"{judgement.suite}.run", "runs to its end")
        _problem(case, "error", "the run was aborted", sentence(judgement))
    _count(suite)


def _case(suite: Element, class_name: str, name: str, duration_s: float = 0.0) -> Element:
    return SubElement(
        suite,
        "testcase",
        classname=_clean(class_name),
        name=_clean(name),
        time=f"{duration_s:.3f}",
    )


def _judge(case: Element, verdict: Verdict, repeat: str) -> None:
    story = _story(verdict, repeat)
    if verdict.outcome is Outcome.INVALID and verdict.known_weakness:
        reason = f"known weakness: {verdict.known_weakness}"
        _problem(case, "skipped", reason, story)
    elif verdict.outcome is Outcome.INVALID:
        _problem(case, "failure", verdict.summary, story)
    elif verdict.outcome is Outcome.UNKNOWN:
        _problem(case, "error", verdict.summary, story)


def _story(verdict: Verdict, repeat: str) -> str:
    said = [verdict.summary]
    for evidence in verdict.evidence[:EVIDENCE_MAX]:
        subject = f" [{evidence.operation}]" if evidence.operation else ""
        lines = ", ".join(map(str, evidence.lines[:EVIDENCE_MAX]))
        where = f" (history.jsonl lines {lines})" if lines else ""
        said.append(f"- {evidence.sentence}{subject}{where}")
    more = len(verdict.evidence) - EVIDENCE_MAX
    said += [f"- and {more} more"] if more > 0 else []
    return "\n".join([*said, f"Repeat: {repeat}"])


def _problem(case: Element, tag: str, message: str, text: str) -> None:
    SubElement(case, tag, message=_clean(message)).text = _clean(text)


def _count(suite: Element) -> None:
    suite.set("tests", str(len(suite.findall("testcase"))))
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(attribute, str(len(suite.findall(f"testcase/{tag}"))))


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
