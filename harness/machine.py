"""How busy the machine is with work that is not ours, so that slowness is not blamed on the target.

A recovery that took too long on a machine that somebody else keeps busy says nothing: a checker
that judges time by a bound needs to know.
"""

import contextlib
import threading
from typing import Final, NamedTuple

import psutil

from harness.event import MACHINE
from harness.recorder import Recorder

INTERVAL_SECONDS: Final = 1.0
IDLE: Final = ("idle", "iowait")


class Machine:
    """A thread that writes a ``machine`` event each second."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
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
        before = _seconds()
        while not self._stopping.wait(INTERVAL_SECONDS):
            now = _seconds()
            others = (now.busy - before.busy) - (now.ours - before.ours)
            percent = round(100 * others / max(now.total - before.total, 1e-9))
            detail = {"others_percent": min(max(percent, 0), 100)}
            self._recorder.record(MACHINE, "cpu", detail=detail)
            before = now


class CpuSeconds(NamedTuple):
    """CPU time of all cores since boot, in seconds."""

    total: float
    busy: float  # time stolen by a hypervisor included
    ours: float  # by Crucible and everything that descends from it


def _seconds() -> CpuSeconds:
    times = psutil.cpu_times()._asdict()
    # Linux counts a guest's time in user's already.
    total = sum(seconds for name, seconds in times.items() if not name.startswith("guest"))
    idle = sum(times.get(name, 0.0) for name in IDLE)
    return CpuSeconds(total, total - idle, _our_seconds())


def _our_seconds() -> float:
    """With the seconds of ended processes, which their parents inherit."""
    us = psutil.Process()
    seconds = 0.0
    for process in (us, *us.children(recursive=True)):
        with contextlib.suppress(psutil.Error):
            seconds += sum(process.cpu_times()[:4])  # user, system, and both of reaped children
    return seconds
