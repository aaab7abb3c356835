"""``crucible run`` as a program, on the plain system: verdicts, exit codes, files."""

import json
import signal
import subprocess
import tomllib
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.history import read

SUITE = '''
import pytest
from chaos import injection
from chaos.faults.kill_node import KillNode
from chaos.faults.noop import Noop
from harness.client.publisher import Enqueue

injection.PROOF_SECONDS_MAX = 5.0


def work(scenario):
    """Small tasks; the seed decides which."""
    names = scenario.rng.choices(["plain.add", "plain.nap"], k=30)
    small = {"plain.add": [1, 2], "plain.nap": [0.01]}
    return [Enqueue(name, small[name]) for name in names]


def busy_with_one(scenario):
    """Wait until all small tasks are done and one more has begun.

    The Redis transport can lose a message that a killed worker was just taking (kombu pops it, and
    only then notes it as unacknowledged), so there must be none on its way.
    """
    session = scenario.session
    tracker, recorder = session.tracker, session.recorder
    assert recorder.wait_for(lambda: tracker.published % 31 == 30 and not tracker.outstanding, 30)
    session.publisher.enqueue(Enqueue("plain.nap", [1]))
    assert recorder.wait_for(lambda: tracker.running, 30)


@pytest.mark.promises("no-task-lost", "nodes-stay-up", "faults-took-effect")
@pytest.mark.reaches("redelivery", "restart")
def test_kept(scenario, inject):
    """A worker is killed, and nothing is lost"""
    scenario.steady(work(scenario), rate=60)
    busy_with_one(scenario)
    with scenario.disturb(), inject(KillNode("worker")):
        pass
    scenario.judge()


@pytest.mark.promises("no-task-lost", no_duplicate_execution={"tasks": ["plain.nap"]})
def test_broken(scenario, inject):
    """A worker is killed, and its task runs twice"""
    scenario.steady(work(scenario), rate=60)
    busy_with_one(scenario)
    with scenario.disturb(), inject(KillNode("worker")):
        pass
    scenario.judge()


@pytest.mark.promises("no-task-lost", "faults-took-effect")
@pytest.mark.reaches("redelivery")
def test_idle(scenario, inject, monkeypatch):
    """Nothing is broken, so nothing is proved"""
    monkeypatch.setattr(injection, "PROOF_SECONDS_MAX", 0.2)
    scenario.steady(work(scenario), rate=60)
    with scenario.disturb(), inject(Noop("worker")):
        pass
    scenario.judge()


@pytest.mark.promises("no-task-lost")
def test_raising(scenario):
    """A scenario with a mistake of its own"""
    scenario.steady(work(scenario), rate=60)
    raise RuntimeError("as planned")


@pytest.mark.promises("no-task-lost")
def test_lasting(scenario):
    """A scenario that somebody interrupts"""
    scenario.steady(work(scenario), rate=60)
    with scenario.disturb():
        scenario.hold(600)
'''
SEED = 4711


class Ended:
    """A run that has ended."""

    def __init__(self, crucible: Any, process: "subprocess.Popen[str]") -> None:
        self.crucible = crucible
        self.output, _ = process.communicate(timeout=240)
        self.code = process.returncode
        self.path: Path = (crucible.reports / "latest").resolve()

    @property
    def verdict(self) -> dict[str, Any]:
        return dict(json.loads((self.path / "verdict.json").read_text()))

    def scenario(self, name: str) -> dict[str, Any]:
        (found,) = [each for each in self.verdict["scenarios"] if each["name"] == name]
        return dict(found)

    def asked(self, name: str) -> list[str]:
        """The names of a scenario's operations, in the order of their invocation."""
        part = read(self.path / "history.jsonl").scenarios()[name]
        return [event.name for event in part if event.type == "invoke"]


@pytest.fixture(scope="module")
def runs(
    make_crucible: Callable[[], Any],
    tmp_path_factory: pytest.TempPathFactory,
    eventually: Callable[..., None],
) -> dict[str, Ended]:
    """Runs of one suite at the same time, by the scenarios they pick."""
    suite = tmp_path_factory.mktemp("suites") / "plain"
    suite.mkdir()
    (suite / "test_plain.py").write_text(SUITE)
    started = {}
    for picked in ("kept", "kept or broken", "idle or raising", "lasting"):
        crucible = make_crucible()
        words = ["run", suite, "--target", crucible.plain, "-k", picked, "--seed", SEED]
        started[picked] = (crucible, crucible.start(*words, "--reports", crucible.reports))
    crucible, lasting = started["lasting"]
    history = crucible.reports / "latest" / "history.jsonl"
    eventually(lambda: history.exists() and '"name":"disturb"' in history.read_text(), 60)
    lasting.send_signal(signal.SIGINT)
    return {picked: Ended(*each) for picked, each in started.items()}


@pytest.mark.parametrize(
    ("picked", "code", "outcome"),
    [
        ("kept", 0, "valid"),
        ("kept or broken", 1, "invalid"),
        ("idle or raising", 3, "unknown"),
        ("lasting", 4, "unknown"),
    ],
)
def test_the_exit_code_says_how_it_went(
    picked: str, code: int, outcome: str, runs: dict[str, Ended]
) -> None:
    run = runs[picked]
    assert run.code == code, run.output
    assert (run.verdict["outcome"], run.verdict["exit_code"]) == (outcome, code)
    assert run.verdict["aborted"] is (code == 4)
    assert "Traceback" not in run.output
    assert run.crucible.left() == []


def test_a_promise_that_was_kept_is_valid_with_its_counts(runs: dict[str, Ended]) -> None:
    kept = runs["kept"].scenario("kept")
    assert kept["title"] == "A worker is killed, and nothing is lost"
    assert {v["guarantee"]: v["outcome"] for v in kept["verdicts"]} == {
        "no-task-lost": "valid",
        "nodes-stay-up": "valid",
        "faults-took-effect": "valid",
        "reaches": "valid",
    }
    counts = next(v["counts"] for v in kept["verdicts"] if v["guarantee"] == "no-task-lost")
    assert counts["acknowledged"] == counts["finished"] == 31
    assert counts["recovered"] >= 1


def test_a_broken_promise_names_its_task_and_its_lines(runs: dict[str, Ended]) -> None:
    run = runs["kept or broken"]
    assert run.scenario("kept")["outcome"] == "valid"
    broken = run.scenario("broken")
    (verdict,) = [v for v in broken["verdicts"] if v["outcome"] == "invalid"]
    (evidence,) = verdict["evidence"]
    lines = (run.path / "history.jsonl").read_text().splitlines()
    shown = [json.loads(lines[number - 1]) for number in evidence["lines"]]
    assert {event["id"] for event in shown} == {evidence["operation"]}
    assert sum(event["type"] == "started" for event in shown) == 2
    assert "no-duplicate-execution" in run.output


def test_a_fault_that_did_nothing_leaves_it_unknown(runs: dict[str, Ended]) -> None:
    outcomes = runs["idle or raising"].scenario("idle")["verdicts"]
    assert {v["guarantee"]: v["outcome"] for v in outcomes} == {
        "no-task-lost": "valid",
        "faults-took-effect": "unknown",
        "reaches": "unknown",
    }


def test_a_scenario_that_raises_is_unknown_and_says_why(runs: dict[str, Ended]) -> None:
    raising = runs["idle or raising"].scenario("raising")
    assert raising["outcome"] in ("unknown", "invalid")
    assert raising["error"] == "RuntimeError: as planned"
    assert "RuntimeError: as planned" in runs["idle or raising"].output


def test_an_interrupted_run_tells_what_it_knows(runs: dict[str, Ended]) -> None:
    lasting = runs["lasting"].scenario("lasting")
    assert lasting["error"] == "It was interrupted."


@pytest.mark.parametrize("picked", ["kept", "kept or broken", "idle or raising", "lasting"])
def test_every_run_leaves_all_its_files(picked: str, runs: dict[str, Ended]) -> None:
    run = runs[picked]
    names = {"history.jsonl", "verdict.json", "report.html", "junit.xml", "run.toml", "nodes"}
    assert {path.name for path in run.path.iterdir()} == names
    settings = tomllib.loads((run.path / "run.toml").read_text())
    assert settings["seed"] == SEED
    assert settings["versions"]["celery"]
    assert settings["overrides"]["worker"]["CELERY_BROKER_URL"].startswith("redis://127.0.0.1:")
    assert ElementTree.parse(run.path / "junit.xml").getroot().tag in ("testsuite", "testsuites")
    assert (run.path / "nodes" / "worker.log").stat().st_size > 0
    assert str(run.path / "report.html") in run.output


@pytest.mark.parametrize("picked", ["kept", "kept or broken", "idle or raising", "lasting"])
def test_checking_the_stored_history_gives_the_same_verdict(
    picked: str, runs: dict[str, Ended], crucible: Any
) -> None:
    run = runs[picked]
    checked = crucible.run("check", run.path, "--json")
    assert checked.returncode == run.code, checked.stdout
    assert json.loads(checked.stdout) == run.verdict


def test_the_same_seed_asks_for_the_same_operations(runs: dict[str, Ended]) -> None:
    asked = runs["kept"].asked("kept")
    assert asked == runs["kept or broken"].asked("kept")
    assert asked != runs["kept or broken"].asked("broken")
    assert f"--seed {SEED}" in runs["kept"].scenario("kept")["repeat"]
