"""Scenarios that differ between brokers, run by ``crucible run`` on the plain system."""

import json
import tomllib
from pathlib import Path
from typing import Any, get_args

import pytest

from harness import own_options
from harness.brokers import BROKERS
from harness.commands.options import BrokerName
from harness.servers.catalog import RECIPES
from harness.target import Target

SUITE = """
import pytest
from chaos.faults.kill_node import KillNode
from harness.client.publisher import Enqueue

def naps(scenario):
    return [Enqueue("plain.nap", [0.01]) for _ in range(30)]


@pytest.mark.promises("no-task-lost", "nodes-stay-up", "faults-took-effect")
@pytest.mark.promises(recovers_within={"empty_queue_ms_max": 20_000}, broker="rabbitmq")
@pytest.mark.promises(recovers_within={"empty_queue_ms_max": 1}, broker="redis")
@pytest.mark.known_weakness("no-task-lost", "as one says of Redis", broker="redis")
def test_killed(scenario, inject):
    '''A worker is killed in the middle of a task'''
    scenario.steady(naps(scenario), rate=60)
    session = scenario.session
    session.publisher.enqueue(Enqueue("plain.nap", [1]))
    assert session.recorder.wait_for(lambda: session.tracker.running, 30)
    with scenario.disturb(), inject(KillNode("worker", group=True)):
        pass
    scenario.judge()


@pytest.mark.promises("no-task-lost")
@pytest.mark.only_broker("redis", "it is about lists")
def test_lists(scenario):
    raise AssertionError("not on RabbitMQ")
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    folder = tmp_path / "differing"
    folder.mkdir()
    (folder / "test_differing.py").write_text(SUITE)
    return folder


@pytest.mark.usefixtures("rabbitmq")
def test_rabbitmq_is_judged_by_what_is_said_of_it(crucible: Any, suite: Path) -> None:
    # When the suite is run on RabbitMQ
    words = ["run", suite, "--target", crucible.plain, "--reports", crucible.reports]
    done = crucible.run(*words, "--broker", "rabbitmq", seconds_max=90)

    # Then what is said of Redis neither excuses nor binds it, and what was skipped is named
    assert done.returncode == 0, done.stdout
    assert "skipped: lists (only on redis: it is about lists)" in done.stdout
    path = (crucible.reports / "latest").resolve()
    verdict = json.loads((path / "verdict.json").read_text())
    assert [each["name"] for each in verdict["skipped"]] == ["lists"]
    assert "Skipped: lists" in (path / "report.html").read_text()
    (killed,) = verdict["scenarios"]
    assert {v["guarantee"] for v in killed["verdicts"]} == {
        *("no-task-lost", "nodes-stay-up", "faults-took-effect", "recovers-within")
    }
    assert [v["known_weakness"] for v in killed["verdicts"]] == [None] * 4

    # And what the killed worker had in hand (one task or two) was handed out again
    (lost,) = [v for v in killed["verdicts"] if v["guarantee"] == "no-task-lost"]
    assert lost["counts"]["recovered"] in (1, 2)
    assert "--broker rabbitmq" in killed["repeat"]
    settings = tomllib.loads((path / "run.toml").read_text())
    assert settings["broker"] == "rabbitmq"
    assert settings["versions"]["rabbitmq"]
    assert settings["overrides"]["worker"]["CELERY_BROKER_URL"].startswith("amqp://")

    # And judging it again changes nothing
    checked = crucible.run("check", path, "--json")
    assert json.loads(checked.stdout) == json.loads((path / "verdict.json").read_text())


def test_a_run_of_which_all_is_skipped_is_no_success(crucible: Any, suite: Path) -> None:
    # When only what means nothing on RabbitMQ is asked for, Then it is refused before any start
    words = ["run", suite, "--target", crucible.plain, "--reports", crucible.reports]
    done = crucible.run(*words, "--broker", "rabbitmq", "-k", "lists")
    assert done.returncode == 2, done.stdout
    assert "lists: only on redis: it is about lists" in done.stdout
    assert not crucible.reports.exists()


def test_an_unknown_broker_is_refused(crucible: Any) -> None:
    for command in ("run", "up"):
        done = crucible.run(command, "--broker", "kafka")
        assert done.returncode == 2, done.stdout
        assert "'redis', 'rabbitmq'" in done.stdout


def test_a_missing_rabbitmq_is_said(crucible: Any) -> None:
    done = crucible.run(
        *("up", "--target", crucible.plain, "--broker", "rabbitmq"), CRUCIBLE_IGNORE_PATH="1"
    )
    assert done.returncode == 2, done.stdout
    assert "No usable RabbitMQ" in done.stdout
    assert "apt-get install rabbitmq-server" in done.stdout


def test_brokers_are_the_same_everywhere() -> None:
    known = list(BROKERS)
    assert own_options.OPTIONS["broker"]["choices"] == known
    assert [name.value for name in BrokerName] == known
    assert list(get_args(Target.model_fields["broker"].annotation)) == known
    assert set(known) <= set(RECIPES)
