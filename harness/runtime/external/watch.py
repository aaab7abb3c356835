"""Looks at the nodes of an external system, once a second: nobody tells how they fare."""

import threading
from collections.abc import Iterable
from typing import Final

from harness.runtime.external.node import ExternalNode

INTERVAL_SECONDS: Final = 1.0


class Watch:
    """A thread for each node, since a command may take long."""

    def __init__(self, nodes: Iterable[ExternalNode]) -> None:
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, args=(node,), name=f"watch {node.name}", daemon=True)
            for node in nodes
        ]

    def start(self) -> None:
        """Begin to look."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stopping.set()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()

    def _run(self, node: ExternalNode) -> None:
        while not self._stopping.wait(INTERVAL_SECONDS):
            node.look()
