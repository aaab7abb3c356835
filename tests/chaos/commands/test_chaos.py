"""``crucible chaos`` as a program, on the plain system: schedules, verdicts, stops, and kill -9."""

import json
import signal
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from chaos.catalogue import faults
from chaos.commands.chaos import chaos
from chaos.fault import FAMILIES
from harness.errors import CrucibleError, Exit
from harness.event import FAULT_INJECTED
from harness.history import read

PLAIN = Path(__file__).parents[2] / "targets" / "plain" / "with_gateway.toml"
WORK = ["--task", "plain.nap [0.05]", "--task", "plain.add [1, 2]", "--target", PLAIN]
NAMED = "kill-node,link-down"


def injected(run: Path) -> list[tuple[str, Any]]:
    """The faults of a run, sorted: those on different targets race."""
    events = [event for event in read(run / "history.jsonl") if event.type == FAULT_INJECTED]
    return sorted((e.name, json.dumps(e.detail["settings"])) for e in events)


def latest(crucible: Any) -> Path:
    return Path(crucible.reports / "latest").resolve()


def test_a_run_is_judged_and_can_be_applied_again(crucible: Any) -> None:
    # Given a run by a seed
    words = ["--seed", 11, "--duration", "3s", "--intensity", "high", "--faults", NAMED]
    run = crucible.run("chaos", *WORK, *words, seconds_max=120)
    assert run.returncode == 0, run.stdout
    first = latest(crucible)
    kept = tomllib.loads((first / "run.toml").read_text())
    (schedule,) = kept["schedules"]
    assert (schedule["seed"], schedule["scenario"], kept["seed"]) == (11, "tasks", 11)
    assert schedule["steps"]
    # Then its verdict says how to repeat it by the seed
    verdict = json.loads((first / "verdict.json").read_text())
    repeat = verdict["scenarios"][0]["repeat"]
    assert "crucible chaos --seed 11 --duration 3s --intensity high --faults kill-node" in repeat
    # When its saved schedule is applied again
    again = crucible.run("chaos", "--replay", first, seconds_max=120)
    assert again.returncode == 0, again.stdout
    # Then the same was planned, and the same broken
    replayed = tomllib.loads((latest(crucible) / "run.toml").read_text())
    assert replayed["schedules"] == kept["schedules"]
    assert latest(crucible) != first
    assert injected(latest(crucible)) == injected(first)


def test_a_dry_run_prints_what_the_seed_decides_and_starts_nothing(crucible: Any) -> None:
    def printed(seed: int) -> str:
        run = crucible.run("chaos", *WORK, "--dry-run", "--seed", seed, "--runs", 2)
        assert run.returncode == 0, run.stdout
        return "\n".join(line for line in run.stdout.splitlines() if "Seed" in line or "(" in line)

    assert printed(1) == printed(1)
    assert printed(1) != printed(2)
    assert "Seed 1: 60 s, 620 operations" in printed(1)
    assert "Seed 2:" in printed(1)
    assert not crucible.reports.exists()


def test_what_would_be_applied_again_can_be_looked_at(crucible: Any, tmp_path: Path) -> None:
    (tmp_path / "run.toml").write_text(SAVED)
    run = crucible.run("chaos", "--replay", tmp_path, "--dry-run")
    assert run.returncode == 0, run.stdout
    assert "link-down(link=worker->broker) at started of plain.nap" in run.stdout


SAVED = f"""
variant = ""
broker = "redis"
runtime = "local"
scale = {{}}
target = {{ file = "{PLAIN}" }}
nemesis = {{ file = "test_tasks.py" }}
[[schedules]]
scenario = "tasks"
seed = 1
duration_s = 5.0
rate = 10.0
operations = 70
tasks = []
[[schedules.steps]]
at_s = 1.0
for_s = 2.0
fault = "link-down"
settings = {{ link = "worker->broker" }}
when = {{ state = "started", task = "plain.nap" }}
"""


def test_a_stop_condition_aborts_and_heals(crucible: Any) -> None:
    words = ["--faults", "link-down", "--disk-min", 10**9, "--duration", "60s"]
    run = crucible.run("chaos", *WORK, *words, seconds_max=90)
    assert run.returncode == 4, run.stdout
    assert "Stopped:" in run.stdout
    assert "MB of disk are left" in run.stdout
    verdict = json.loads((latest(crucible) / "verdict.json").read_text())
    assert (verdict["aborted"], verdict["exit_code"]) == (True, 4)
    assert not crucible.left()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--faults", "link-dwon"], "There is no fault 'link-dwon'"),
        (["--intensity", "mad"], "There is no intensity 'mad'"),
        (["--duration", "soon"], "is no duration"),
        (["--task", "plain.add [1"], "is no task"),
        (["--replay", "nowhere"], "Cannot read nowhere"),
        (["--target", "nowhere.toml"], "Cannot read the target file nowhere.toml"),
        (["nowhere.py"], "There is no scenario nowhere.py"),
        (["--faults", "database", "--target", str(PLAIN), "--dry-run"], "None of these faults can"),
        (
            ["--faults", "process,database-lock", "--target", str(PLAIN), "--dry-run"],
            "database-lock cannot be applied to this stack: it needs a database",
        ),
        (
            ["--faults", "clock-skew,redis-crash", "--runtime", "compose"],
            "clock-skew cannot be applied to this stack: it needs nodes that are processes",
        ),
        (["--faults", "noop", "--dry-run"], "noop cannot be applied to this stack: it finds noth"),
    ],
)
def test_what_nobody_can_do_is_refused(words: list[str], says: str) -> None:
    app = typer.Typer()
    app.command()(chaos)
    refused = CliRunner().invoke(app, words).exception
    assert isinstance(refused, CrucibleError), refused
    assert refused.exit_code is Exit.USAGE
    assert says in refused.message


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_faults_die_with_crucible(
    family: str, crucible: Any, eventually: Callable[..., None]
) -> None:
    """Whatever a fault of this family has broken or started is gone 3 s after kill -9."""
    if family not in {kind.family for kind in faults().values() if not kind.breaks}:
        pytest.skip(f"there is no fault of the family {family} yet")
    # Given a nemesis with a fault in force
    words = ["--faults", family, "--duration", "300s", "--intensity", "high", "--seed", 2]
    process = crucible.start("chaos", *(SHOP if family == "database" else WORK), *words)
    history = crucible.reports / "latest" / "history.jsonl"
    eventually(lambda: process.poll() is not None or in_force(history), 120)
    if process.poll() is not None:
        output = process.communicate()[0]
        assert "can be applied to this stack" in " ".join(output.split()), output
        pytest.skip(f"no fault of the family {family} can be applied here")
    # When Crucible is killed in the middle of it
    process.send_signal(signal.SIGKILL)
    process.communicate()
    # Then nothing lives on
    eventually(lambda: not crucible.left(), 3.0)


SHOP: list[Any] = []
SOON = 1_000_000_000  # nanoseconds in which an injected fault is surely applied


def in_force(history: Path) -> bool:
    """Whether a fault was injected a while ago; some need work that this system never does."""
    try:
        events = read(history).events
    except CrucibleError:
        return False  # it is just being made
    since = next((event.mono for event in events if event.type == FAULT_INJECTED), None)
    return since is not None and events[-1].mono - since > SOON
