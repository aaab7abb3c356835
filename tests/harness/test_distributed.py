"""pytest-xdist: two workers, two stacks, one seed, one exit code."""

import subprocess
import sys
from pathlib import Path

TARGET = Path(__file__).parents[1] / "targets" / "plain" / "with_results.toml"
SUITE = """
import pytest


def test_hello(celery_setup, crucible_run, worker_id):
    result = celery_setup.app.signature("plain.add", args=(1, 1)).delay()
    assert result.get(timeout=60) == 2
    pid = celery_setup.worker.container.attrs["State"]["Pid"]
    with open(f"seen-{worker_id}", "w") as file:
        file.write(f"{crucible_run.seed} {pid}")


@pytest.mark.promises("faults-took-effect")
def test_nothing_is_broken(scenario):
    scenario.judge()
"""


def test_workers_share_a_seed_and_no_stack_and_the_worst_exit_code_counts(tmp_path: Path) -> None:
    # Given a test that passes, and a scenario that cannot be judged, since it breaks nothing
    (tmp_path / "test_suite.py").write_text(SUITE)

    # When two workers run both
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
    assert "2 failed, 2 passed" in done.stdout
    reports = [line for line in done.stdout.splitlines() if line.startswith("report: ")]
    assert len(set(reports)) == 2

    # And both had the same seed, and workers of their own
    (seed, pid), (other_seed, other_pid) = (
        (tmp_path / f"seen-gw{number}").read_text().split() for number in (0, 1)
    )
    assert seed == other_seed
    assert pid != other_pid
