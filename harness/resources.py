"""Samples what each node holds (memory, descriptors, connections), so that leaks can be judged."""

import contextlib
import threading
from collections.abc import Mapping
from typing import Final

import psutil

from harness.event import RESOURCE
from harness.node import Node
from harness.recorder import Recorder

INTERVAL_SECONDS: Final = 2.0


class Resources:
    """A thread that writes a ``resource`` event per living node every two seconds."""

    def __init__(self, nodes: Mapping[str, Node], recorder: Recorder) -> None:
        self._nodes = nodes
        self._recorder = recorder
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="resources", daemon=True)

    def start(self) -> None:
        """Begin to sample."""
        self._thread.start()

    def stop(self) -> None:
        """Stop sampling, if it was begun."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()

    def sample(self) -> None:
        """Sample every living node now."""
        for name, node in list(self._nodes.items()):
            if (pid := node.pid) is not None:
                with contextlib.suppress(psutil.Error):
                    self._recorder.record(RESOURCE, name, detail=_held(psutil.Process(pid)))

    def _run(self) -> None:
        while not self._stopping.wait(INTERVAL_SECONDS):
            self.sample()


def _held(main: psutil.Process) -> dict[str, int]:
    """What a node's main process and all that descend from it hold together."""
    held = {"rss_kib": 0, "descriptors": 0, "connections": 0, "processes": 0}
    for process in (main, *main.children(recursive=True)):
        with contextlib.suppress(psutil.Error), process.oneshot():
            rss, descriptors = process.memory_info().rss, process.num_fds()
            connections = process.net_connections("tcp")
            held["rss_kib"] += rss >> 10
            held["descriptors"] += descriptors
            held["connections"] += sum(
                each.status == psutil.CONN_ESTABLISHED for each in connections
            )
            held["processes"] += 1
    return held
