"""``crucible load --headless``: it gates by thresholds, alone and with two Locust workers."""

import json
import random
import re
import signal
import tomllib
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.errors import CrucibleError, Exit
from harness.event import INVOKE
from harness.history import History
from load.commands.load import load as command
from load.generator.generator import new_id

PLAIN = Path(__file__).parents[2] / "targets" / "plain" / "target.toml"

TASK = ("--task", "plain.add", "--args", '["{integer:1-9}", "{n}"]')
SECONDS_MAX = 180.0


@pytest.fixture
def load(crucible: Any) -> Callable[..., Any]:
    """Runs it on the plain target, for a short while."""

    def load(*words: object) -> Any:
        plain = ("--target", crucible.plain, *TASK)
        short = ("--rate", "20", "--duration", "4s", "--seed", "7")
        return crucible.run("load", "--headless", *plain, *short, *words, seconds_max=SECONDS_MAX)

    return load


def test_a_load_that_keeps_its_thresholds(
    load: Callable[..., Any],
    latest: Callable[[], Path],
    verdict: Callable[[], dict[str, Any]],
    history: Callable[[], History],
) -> None:
    # Given thresholds that any system keeps
    limits = ("total.p99 < 60 s", "lost == 0", "missed < 50 %", "result.p50 < 60 s")
    done = load(*(word for limit in limits for word in ("--threshold", limit)))

    # Then it says so, for people and for machines
    assert done.returncode == 0, done.stdout
    judged = verdict()
    assert {name: each["outcome"] for name, each in judged.items()} == dict.fromkeys(
        ("no-task-lost", "no-unexpected-execution", "meets-thresholds"), "valid"
    )
    cases = [c.get("name") for c in ET.parse(latest() / "junit.xml").getroot().iter("testcase")]
    assert "meets-thresholds" in cases
    assert (latest() / "report.html").stat().st_size > 0

    # And what was asked for was due at a stated time, and Locust's own files show each stage
    asked = [e for e in history() if e.type == INVOKE]
    assert len(asked) == judged["meets-thresholds"]["counts"]["asked"] > 20
    assert all(e.detail["due"] <= e.mono for e in asked)
    table = (latest() / "locust" / "load" / "locust_stats.csv").read_text()
    for stage in ("enqueue", "wait", "run", "result", "total"):
        assert f"{stage},plain.add,{len(asked)}," in table, table
    assert (latest() / "locust" / "load" / "locust.html").exists()
    rows = json.loads((latest() / "load.json").read_text())["stages"]
    assert {row["stage"]: row["count"] for row in rows}["total"] == len(asked)


def test_a_broken_threshold_fails_the_release_and_is_judged_again_the_same(
    load: Callable[..., Any], crucible: Any, latest: Callable[[], Path]
) -> None:
    done = load("--threshold", "failed > 0", "--json")
    assert done.returncode == 1, done.stdout
    settings = tomllib.loads((latest() / "run.toml").read_text())
    (scenario,) = settings["scenarios"]
    assert "--threshold 'failed > 0'" in scenario["repeat"]
    again = crucible.run("check", latest(), "--json")
    assert again.returncode == 1
    assert "failed > 0" in again.stdout


def test_master_and_two_workers(
    load: Callable[..., Any],
    latest: Callable[[], Path],
    verdict: Callable[[], dict[str, Any]],
    history: Callable[[], History],
) -> None:
    # Given two Locust workers
    done = load("--workers", "2", "--threshold", "lost == 0")

    # Then nothing is lost
    assert done.returncode == 0, done.stdout
    assert verdict()["meets-thresholds"]["outcome"] == "valid"

    # And both asked: the seed decides the id of each one's first operation
    ids = {e.id for e in history() if e.type == INVOKE}
    assert {_first_id(7, generator) for generator in (1, 2)} <= ids

    # And the master's table holds what both did, once
    table = (latest() / "locust" / "load" / "locust_stats.csv").read_text()
    assert f"total,plain.add,{len(ids)}," in table, table


def test_an_outage_is_measured(
    load: Callable[..., Any], verdict: Callable[[], dict[str, Any]]
) -> None:
    # When workers lose the broker for 2 s
    done = load("--duration", "12s", "--outage", "2s")

    # Then it took effect, and its backlog was followed. Whether it drained is the worker's doing:
    # on Redis, one whose connection is cut may end itself.
    assert done.returncode in (0, 1, 3), done.stdout  # 3: the machine was busy
    assert verdict()["faults-took-effect"]["outcome"] == "valid"
    assert verdict()["drains-after-heal"]["counts"]["at_heal"] > 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 4), (signal.SIGKILL, -9)])
def test_whatever_ends_it_nothing_is_left_running(crucible: Any, number: int, code: int) -> None:
    # Given a load with two Locust workers that goes on for long
    words = ("--target", crucible.plain, *TASK, "--rate", "5", "--duration", "10m")
    process = crucible.start("load", "--headless", *words, "--workers", "2")
    for line in process.stdout:
        if line.startswith("Loading"):
            break

    # When it ends early, then so does all that it started (the fixture sees to it)
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode == code


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"rate": None}, "needs a rate"),
        ({"shape": "round"}, "There is no shape 'round'"),
        ({"rate": -1.0}, "is no rate"),
        ({"duration": "soon"}, "is no time"),
        ({"arrivals": "random"}, "There are no 'random' arrivals"),
        ({"args": "nothing"}, "is no JSON"),
        ({"args": '["{what}"]'}, "is no placeholder"),
        ({"threshold": ["fast"]}, "is no threshold"),
        ({"outage": "4s"}, "too short for an outage"),
        ({"chaos": "nowhere"}, "neither a seed nor a run directory"),
        ({"outage": "1s", "chaos": "1"}, "would mix"),
        ({"find_capacity": True}, "judged by --slo alone"),
        ({"task": None}, "Nothing says how the target 'plain' is loaded"),
    ],
)
def test_mistakes_are_told_before_anything_starts(
    tmp_path: Path, wrong: dict[str, Any], why: str
) -> None:
    right = {"rate": 20.0, "duration": "4s", "task": ["plain.add"], "args": "[1, 2]"}
    reports = tmp_path / "reports"
    with pytest.raises(CrucibleError, match=re.escape(why)) as caught:
        command(headless=True, target=PLAIN, reports=reports, **(right | wrong))
    assert caught.value.exit_code is Exit.USAGE
    assert not reports.exists()


def _first_id(seed: int, generator: int) -> str:
    rng = random.Random(f"{seed}:{generator}")
    rng.choices([0], [1.0])  # which work
    return new_id(rng)
