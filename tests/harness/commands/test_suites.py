"""``crucible run`` of a suite that promises to reach states: judged whole, and never in part."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

CONFTEST = """
import pytest

@pytest.fixture(scope="session")
def suite_reaches():
    return ("retry", "worker-lost")
"""
SCENARIO = """
import pytest
from harness.client.publisher import Enqueue

@pytest.mark.promises("no-task-lost")
def test_NAME(scenario):
    '''Nothing is broken'''
    scenario.steady([Enqueue("plain.stumble", [1]) for _ in range(5)], rate=60)
    scenario.judge()
"""


@pytest.fixture(scope="module")
def runs(make_crucible: Callable[[], Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The same suite run whole and in part, at the same time: code, output, run directory."""
    suite = tmp_path_factory.mktemp("suites") / "stumbling"
    suite.mkdir()
    (suite / "conftest.py").write_text(CONFTEST)
    for name in ("one", "two"):
        (suite / f"test_{name}.py").write_text(SCENARIO.replace("NAME", name))
    started = []
    for words in ([], ["-k", "one"]):
        crucible = make_crucible()
        words = ["run", suite, "--target", crucible.plain, "--reports", crucible.reports, *words]
        started.append((crucible, crucible.start(*words)))
    return [_ended(*each) for each in started]


def _ended(crucible: Any, process: Any) -> tuple[int, str, Path]:
    output, _ = process.communicate(timeout=120)
    return process.returncode, output, (crucible.reports / "latest").resolve()


def test_a_whole_suite_that_never_came_to_a_state_is_unknown(runs: Any, crucible: Any) -> None:
    (code, output, path), _ = runs
    assert code == 3, output
    verdict = json.loads((path / "verdict.json").read_text())
    assert {each["outcome"] for each in verdict["scenarios"]} == {"valid"}
    (suite,) = verdict["suites"]
    assert (suite["name"], suite["verdict"]["outcome"]) == ("stumbling", "unknown")
    # And both scenarios count
    assert suite["verdict"]["counts"]["retry"] >= 10
    # And people are told everywhere
    never = "Promised and never reached: worker-lost"
    assert never in " ".join(output.split())
    assert never in (path / "report.html").read_text()
    assert never in (path / "junit.xml").read_text()
    # And judging it again changes nothing
    checked = crucible.run("check", path, "--json")
    assert json.loads(checked.stdout) == verdict


def test_one_scenario_of_it_is_judged_by_itself(runs: Any) -> None:
    _, (code, output, path) = runs
    assert code == 0, output
    assert json.loads((path / "verdict.json").read_text())["suites"] == []
