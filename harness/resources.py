"""Samples what each node holds (memory, descriptors, connections), so that leaks can be judged.

Read from ``/proc``, once for all nodes: asking for each process in turn costs thirty times as
much. Linux only; elsewhere no ``resource`` is written, and what needs one is unknown.
"""

import contextlib
import os
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import psutil

from harness.event import RESOURCE
from harness.node import Node
from harness.recorder import Recorder

INTERVAL_SECONDS: Final = 2.0
TABLES: Final = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
ESTABLISHED: Final = b"01"  # as the kernel writes it: include/net/tcp_states.h
STATE, INODE = 3, 9  # columns of such a table


class Resources:
    """A thread that writes a ``resource`` event per living node every two seconds."""

    def __init__(self, nodes: Mapping[str, Node], recorder: Recorder) -> None:
        self._nodes = nodes
        self._recorder = recorder
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="resources", daemon=True)

    def start(self) -> None:
        """Begin to sample, where there is something to read."""
        if TABLES[0].exists():
            self._thread.start()

    def stop(self) -> None:
        """Stop sampling, if it was begun."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()

    def sample(self) -> None:
        """Sample every living node now."""
        established, parents = _established(), _parents()
        for name, node in list(self._nodes.items()):
            if (main := node.pid) is not None:
                held = _held([pid for pid in parents if main in _line(pid, parents)], established)
                if held["processes"]:
                    self._recorder.record(RESOURCE, name, detail=held)

    def _run(self) -> None:
        while not self._stopping.wait(INTERVAL_SECONDS):
            self.sample()


def _parents() -> dict[int, int]:
    """The parent of each process that descends from this one: nodes do, through the keeper."""
    parents: dict[int, int] = {}
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            parents[process.pid] = process.ppid()
    return parents


def _line(pid: int, parents: Mapping[int, int]) -> Iterator[int]:
    """The process, its parent, and so on."""
    while pid in parents:
        yield pid
        pid = parents[pid]


def _established() -> frozenset[str]:
    """The sockets with an established TCP connection, as ``/proc/PID/fd`` names them."""
    rows = (row.split() for table in TABLES if table.exists() for row in _rows(table))
    return frozenset(f"socket:[{row[INODE].decode()}]" for row in rows if row[STATE] == ESTABLISHED)


def _rows(table: Path) -> list[bytes]:
    return table.read_bytes().splitlines()[1:]


def _held(pids: list[int], established: frozenset[str]) -> dict[str, int]:
    """What these processes hold together."""
    held = {"rss_kib": 0, "descriptors": 0, "connections": 0, "processes": 0}
    for pid in pids:
        with contextlib.suppress(psutil.Error, OSError):  # it has ended meanwhile
            links = list(_links(pid))
            held["rss_kib"] += psutil.Process(pid).memory_info().rss >> 10
            held["descriptors"] += len(links)
            held["connections"] += sum(link in established for link in links)
            held["processes"] += 1
    return held


def _links(pid: int) -> Iterator[str]:
    """What each descriptor of a process refers to."""
    folder = f"/proc/{pid}/fd"
    for descriptor in os.listdir(folder):
        with contextlib.suppress(FileNotFoundError):  # closed meanwhile
            yield os.readlink(f"{folder}/{descriptor}")
