"""pytest-xdist: two workers, two stacks, one seed, one exit code."""

import subprocess
import sys
from pathlib import Path

TARGET = Path(__file__).parents[1] / "targets" / "plain" / "with_results.toml"
SUITE = """
import pytest


@pytest.mark.parametrize("number", [1, 2])
def test_hello(celery_setup, crucible_run, number):
    result = celery_setup.app.signature("plain.add", args=(number, number)).delay()
    assert result.get(timeout=30) == 2 * number
    pid = celery_setup.worker.container.node.pid
    with open(f"seen-{number}", "w") as file:
        file.write(f"{crucible_run.seed} {pid}")


@pytest.mark.promises("faults-took-effect")
def test_nothing_is_broken(scenario):
    scenario.judge()
"""


def test_each_worker_has_a_stack_and_the_worst_exit_code_counts(tmp_path: Path) -> None:
    # Given two tests that pass, and a scenario that cannot be judged, since it breaks nothing
    (tmp_path / "test_suite.py").write_text(SUITE)

    # When two workers share them
    words = ["-n", "2", "--dist", "each", "--target", TARGET, "-p", "no:cacheprovider"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *map(str, words)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    # Then the exit code is "unknown", and both reports are named
    assert done.returncode == 3, done.stdout + done.stderr
    assert "4 passed" in done.stdout
    reports = [line for line in done.stdout.splitlines() if line.startswith("report: ")]
    assert len(set(reports)) == 2


def test_workers_share_a_seed_and_no_stack(tmp_path: Path) -> None:
    (tmp_path / "test_suite.py").write_text(SUITE)
    words = ["-n", "2", "-k", "hello", "--target", TARGET, "-p", "no:cacheprovider"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *map(str, words)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    seen = [(tmp_path / f"seen-{number}").read_text().split() for number in (1, 2)]
    assert seen[0][0] == seen[1][0]
    assert seen[0][1] != seen[1][1]
