"""A suite is judged by what all of its scenarios reached together, if each had its turn."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.checkers.coverage import STATES
from harness.event import NODE_STARTED, RETRIED, Event
from harness.history import History
from harness.judgement import RunJudgement
from harness.suite import Suite, judgements
from harness.suite_plugin import LEFT_OUT, TRIED, is_whole
from harness.verdict import Outcome

RETRY = Event(1, 1, "worker", RETRIED, "a", "shop.pay", {"retries": 0})
RESTART = Event(2, 2, "crucible", NODE_STARTED, "worker", "", {"restarts": 1})


def suite(*states: str, whole: bool = True) -> Suite:
    """A suite of which one scenario saw a retry, another a restart."""
    made = Suite("shop", states, whole)
    for place, event in enumerate((RETRY, RESTART)):
        made.add(place, History([event]))
    return made


def test_what_scenarios_reach_adds_up() -> None:
    # Given a suite that promises what no scenario of it reaches alone
    verdict = suite("retry", "restart").judgement.verdict
    # Then it is valid, and every state is counted
    assert (verdict.guarantee, verdict.outcome) == ("reaches", Outcome.VALID)
    assert verdict.counts == {**dict.fromkeys(STATES, 0), "retry": 1, "restart": 1}


def test_a_state_that_none_reached_leaves_the_run_unknown() -> None:
    told = judgements([suite("retry", "ack-lost")])
    (evidence,) = told[0].verdict.evidence
    assert evidence.sentence.startswith("Promised and never reached: ack-lost (A task that had")
    run = RunJudgement.of("shop", [], suites=told)
    assert run.outcome is Outcome.UNKNOWN
    # And it is stored and read again as it is
    assert RunJudgement.from_json(run.to_json()) == run


def test_of_a_part_nobody_expects_it() -> None:
    assert judgements([suite("ack-lost", whole=False)]) == []


@pytest.fixture
def session(tmp_path: Path) -> Any:
    """A pytest session that collected two files of one folder."""
    names = ("test_one.py", "test_two.py")
    for name in names:
        (tmp_path / name).touch()
    items = [SimpleNamespace(path=tmp_path / name, nodeid=name) for name in names]
    stash = {TRIED: set(names), LEFT_OUT: set()}
    return SimpleNamespace(items=items, config=SimpleNamespace(stash=stash))


def test_a_suite_is_whole_when_each_scenario_had_its_turn(session: Any, tmp_path: Path) -> None:
    assert is_whole(session, tmp_path)


def test_a_part_of_a_suite_is_not_whole(session: Any, tmp_path: Path) -> None:
    # One that was not come to, such as after Ctrl-C or in another worker of pytest-xdist
    session.config.stash[TRIED].remove("test_two.py")
    assert not is_whole(session, tmp_path)
    # One that was not asked for, by its name
    session.config.stash[TRIED].add("test_two.py")
    session.config.stash[LEFT_OUT].add(tmp_path)
    assert not is_whole(session, tmp_path)
    # Or by its file
    session.config.stash[LEFT_OUT].clear()
    session.items.pop()
    assert not is_whole(session, tmp_path)
