"""How busy the machine is with work that is not ours, so that slowness is not blamed on the target.

A recovery that took too long on a machine that somebody else keeps busy says nothing: a checker
that judges time by a bound needs to know.
"""

import contextlib
import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final, NamedTuple

import psutil

from harness.event import MACHINE
from harness.recorder import Recorder

INTERVAL_SECONDS: Final = 1.0
IDLE: Final = ("idle", "iowait")


class Machine:
    """A thread that writes a ``machine`` event each second."""

    def __init__(self, recorder: Recorder, nodes: Callable[[], Iterable[int]] = tuple) -> None:
        """``nodes`` tells the pids of what is ours without descending from us: containers."""
        self._recorder = recorder
        self._nodes = nodes
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="machine", daemon=True)

    def start(self) -> None:
        """Begin to sample."""
        self._thread.start()

    def stop(self) -> None:
        """Stop sampling, if it was begun."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        before = _seconds(self._nodes())
        while not self._stopping.wait(INTERVAL_SECONDS):
            now = _seconds(self._nodes())
            # A container that has ended takes its seconds along.
            others = (now.busy - before.busy) - max(now.ours - before.ours, 0.0)
            percent = round(100 * others / max(now.total - before.total, 1e-9))
            detail = {"others_percent": min(max(percent, 0), 100)}
            self._recorder.record(MACHINE, "cpu", detail=detail)
            before = now


class CpuSeconds(NamedTuple):
    """CPU time of all cores since boot, in seconds."""

    total: float
    busy: float  # time stolen by a hypervisor included
    ours: float  # by Crucible and everything that descends from it


def _seconds(nodes: Iterable[int]) -> CpuSeconds:
    times = psutil.cpu_times()._asdict()
    # Linux counts a guest's time in user's already.
    total = sum(seconds for name, seconds in times.items() if not name.startswith("guest"))
    idle = sum(times.get(name, 0.0) for name in IDLE)
    return CpuSeconds(total, total - idle, _tree_seconds(os.getpid(), *nodes))


def _tree_seconds(*pids: int) -> float:
    """Of these and all below them, ended processes too, whose seconds their parents inherit."""
    seconds = 0.0
    for pid in pids:
        with contextlib.suppress(psutil.Error):
            top = psutil.Process(pid)
            for process in (top, *top.children(recursive=True)):
                with contextlib.suppress(psutil.Error):
                    seconds += sum(process.cpu_times()[:4])  # user, system, both of reaped children
    return seconds


def is_container(pid: int | None) -> bool:
    """Whether a pid that Docker tells is a container's first process on this machine."""
    try:
        groups = Path(f"/proc/{pid}/cgroup").read_text()
    except OSError:
        return False
    return "docker" in groups
