"""Programs whose children hide."""

import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

#: Starts a grandchild that leaves its session; both pids go to the file.
HARD = """
import os, sys, time
grandchild = os.fork()
if not grandchild:
    os.setsid()
    time.sleep(600)
with open(sys.argv[1] + ".new", "w") as file:
    file.write(f"{os.getpid()} {grandchild}")
os.rename(sys.argv[1] + ".new", sys.argv[1])
time.sleep(600)
"""


@pytest.fixture
def hard_to_kill(tmp_path: Path) -> tuple[list[str], Path]:
    """A command, and the file in which it will name itself and its grandchild."""
    pids = tmp_path / "pids"
    return [sys.executable, "-c", HARD, str(pids)], pids


@pytest.fixture
def is_alive() -> Callable[[int], bool]:
    """Whether a process lives; a zombie does not."""

    def ask(pid: int) -> bool:
        try:
            return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    return ask
