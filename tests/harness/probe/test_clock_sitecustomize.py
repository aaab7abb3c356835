"""What runs first in a node whose clock is faked: it mends sleep, and hides nobody else's."""

import subprocess
import sys
from pathlib import Path

from harness.runtime.local_site import PROBE

CLOCK = PROBE / "clock"


def run(code: str, *paths: Path, **environment: str) -> str:
    """Run it in an interpreter of its own, and return what it prints."""
    path = ":".join(map(str, (CLOCK, *paths)))
    return subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": path, **environment},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_sleep_lasts_as_long_as_it_is_asked_to_and_refuses_what_it_refused() -> None:
    code = """
import time
began = time.monotonic()
time.sleep(0.05)
print(time.monotonic() - began >= 0.05, time.sleep.__module__)
try:
    time.sleep(-1)
except ValueError as error:
    print("refused")
"""
    assert run(code).split() == ["True", "sitecustomize", "refused"]


def test_the_targets_own_sitecustomize_runs_too(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("print('theirs')")
    assert run("print('then the program')", tmp_path).splitlines() == ["theirs", "then the program"]


def test_what_libfaketime_shares_is_unlinked_and_forgotten(tmp_path: Path) -> None:
    # Given what a libfaketime would have made for a process of this name
    name = f"crucible-test-{tmp_path.name}"
    semaphore, memory = Path(f"/dev/shm/sem.{name}_sem"), Path(f"/dev/shm/{name}_shm")
    for file in (semaphore, memory):
        file.touch()
    try:
        # When a node starts, then both are gone, and a program it executes makes its own
        shared = f"/{name}_sem /{name}_shm"
        code = "import os; print(os.environ.get('FAKETIME_SHARED'))"
        assert run(code, FAKETIME_SHARED=shared).strip() == "None"
        assert not semaphore.exists()
        assert not memory.exists()
    finally:
        semaphore.unlink(missing_ok=True)
        memory.unlink(missing_ok=True)
