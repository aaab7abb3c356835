"""``crucible shrink`` as a program: what is left fails alone."""

import json
from pathlib import Path
from typing import Any

import pytest

PLAIN = Path(__file__).parents[2] / "targets" / "plain" / "target.toml"
# A promise that late acknowledgement cannot keep once a worker is killed.
SCENARIO = '''
"""A scenario of somebody's own."""

import pytest

from harness.client.publisher import Enqueue


@pytest.mark.promises(no_duplicate_execution={"tasks": ["plain.nap"]})
def test_naps(scenario, nemesis):
    """No nap is taken twice"""
    naps = [Enqueue("plain.nap", [0.3]) for _ in range(nemesis.operations)]
    scenario.steady(naps, rate=nemesis.rate)
    with scenario.disturb():
        nemesis.unleash()
    scenario.judge()
'''
SAVED = f"""
variant = ""
broker = "redis"
runtime = "local"
scale = {{}}
target = {{ file = "{PLAIN}" }}
[nemesis]
file = "{{file}}"
[[schedules]]
scenario = "naps"
seed = 1
duration_s = 4.0
rate = 6.0
operations = 20
tasks = []
[[schedules.steps]]
at_s = 0.5
for_s = 0.2
fault = "link-down"
settings = {{ link = "client->broker" }}
[[schedules.steps]]
at_s = 2.0
for_s = 0.2
fault = "kill-node"
settings = {{ node = "worker", group = true }}
when = {{ state = "started", task = "plain.nap" }}
"""


@pytest.mark.slow
def test_a_failing_run_is_reduced_to_a_scenario_that_fails_alone(
    crucible: Any, tmp_path: Path
) -> None:
    # Given a run that failed, with two faults of which one is to blame
    scenario = tmp_path / "test_naps.py"
    scenario.write_text(SCENARIO)
    (tmp_path / "run.toml").write_text(SAVED.replace("{file}", str(scenario)))
    failed = crucible.run("chaos", "--replay", tmp_path / "run.toml", seconds_max=120)
    assert failed.returncode == 1, failed.stdout
    # When it is reduced
    run_dir = (crucible.reports / "latest").resolve()
    words = ["--tries", 1, "--final-tries", 2, "--output", tmp_path / "test_minimum.py"]
    shrunk = crucible.run("shrink", run_dir, *words, seconds_max=300)
    assert shrunk.returncode == 0, shrunk.stdout
    # Then the kill alone is left
    assert "2 faults in 4 s, 20 operations -> 1 fault in" in shrunk.stdout
    minimum = (tmp_path / "test_minimum.py").read_text()
    assert "kill-node" in minimum
    assert "link-down" not in minimum
    assert minimum.startswith("# Fails 2 of 2 times: no-duplicate-execution.")
    # And it fails by itself, as any scenario does
    alone = crucible.run("run", tmp_path / "test_minimum.py", "--target", PLAIN, seconds_max=120)
    assert alone.returncode == 1, alone.stdout
    verdict = json.loads((crucible.reports / "latest" / "verdict.json").read_text())
    assert verdict["scenarios"][0]["verdicts"][0]["outcome"] == "invalid"


def test_a_run_that_kept_its_promises_cannot_be_reduced(crucible: Any, tmp_path: Path) -> None:
    (tmp_path / "run.toml").write_text(SAVED)
    verdict = {
        "schema": "crucible/verdict",
        "version": 1,
        "suite": "chaos",
        "outcome": "valid",
        "scenarios": [],
        "known_weaknesses_gone": [],
        "aborted": False,
    }
    (tmp_path / "verdict.json").write_text(json.dumps(verdict))
    run = crucible.run("shrink", tmp_path)
    assert run.returncode == 2, run.stdout
    assert "every scenario kept its guarantees" in " ".join(run.stdout.split())


def test_a_run_without_a_nemesis_cannot_be_reduced(crucible: Any, tmp_path: Path) -> None:
    (tmp_path / "run.toml").write_text('suite = "shop"\n[target]\nfile = "a"\n')
    run = crucible.run("shrink", tmp_path)
    assert run.returncode == 2, run.stdout
    assert "holds no schedule of a nemesis" in " ".join(run.stdout.split())
