"""How busy the machine is with work that is not ours, so that slowness is not blamed on the target.

A recovery that took too long on a machine that somebody else keeps busy says nothing: a checker
that judges time by a bound needs to know.
"""

import contextlib
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

import psutil

from harness.event import MACHINE
from harness.node import Node
from harness.recorder import Recorder

INTERVAL_SECONDS: Final = 1.0
IDLE: Final = ("idle", "iowait")
NODE_VARIABLE: Final = "CRUCIBLE_NODE"  # by which a probe knows its node


class Machine:
    """A thread that writes a ``machine`` event each second.

    ``foreign``: nodes that do not descend from Crucible, elsewhere or in containers. Their work is
    the system's, not others', as far as they are seen to run on this machine.
    """

    def __init__(self, recorder: Recorder, foreign: Iterable[Node] = ()) -> None:
        self._recorder = recorder
        self._foreign = tuple(foreign)
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
        before = self._seconds()
        while not self._stopping.wait(INTERVAL_SECONDS):
            now = self._seconds()
            # A container that has ended takes its seconds along.
            others = (now.busy - before.busy) - max(now.ours - before.ours, 0.0)
            percent = round(100 * others / max(now.total - before.total, 1e-9))
            detail = {"others_percent": min(max(percent, 0), 100)}
            self._recorder.record(MACHINE, "cpu", detail=detail)
            before = now

    def _seconds(self) -> "CpuSeconds":
        times = psutil.cpu_times()._asdict()
        # Linux counts a guest's time in user's already.
        total = sum(seconds for name, seconds in times.items() if not name.startswith("guest"))
        idle = sum(times.get(name, 0.0) for name in IDLE)
        roots = (psutil.Process(), *filter(None, map(_process, self._foreign)))
        return CpuSeconds(total, total - idle, _seconds_of(roots))


class CpuSeconds(NamedTuple):
    """CPU time of all cores since boot, in seconds."""

    total: float
    busy: float  # time stolen by a hypervisor included
    ours: float  # by Crucible, the system, and everything that descends from them


def _process(node: Node) -> psutil.Process | None:
    """The node's process, if it is on this machine: a pid alone may be one of a container's."""
    with contextlib.suppress(psutil.Error):
        process = psutil.Process(node.pid) if node.pid else None
        if process and (is_container(process.pid) or _is_named(process, node)):
            return process
    return None


def _is_named(process: psutil.Process, node: Node) -> bool:
    return process.environ().get(NODE_VARIABLE) == node.name


def is_container(pid: int | None) -> bool:
    """Whether a pid that Docker tells is a container's first process on this machine."""
    try:
        return "docker" in Path(f"/proc/{pid}/cgroup").read_text()
    except OSError:
        return False


def _seconds_of(roots: Iterable[psutil.Process]) -> float:
    """Of these and all below them, each once; parents inherit the seconds of ended ones."""
    seconds, known = 0.0, set[psutil.Process]()
    for root in roots:
        with contextlib.suppress(psutil.Error):
            known |= {root, *root.children(recursive=True)}
    for process in known:
        with contextlib.suppress(psutil.Error):
            seconds += sum(process.cpu_times()[:4])  # user, system, and both of reaped children
    return seconds
