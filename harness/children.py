"""Tells when a worker's pool process ends, whoever ended it: the kernel says so, at once.

A worker's own word would come late, or never: it dies with it. Linux only (``pidfd_open``);
elsewhere no ``child-exited`` is written, and what needs one is unknown.
"""

import os
import select
import threading
from typing import Final

from harness.event import CHILD_EXITED, CHILD_STARTED, Event
from harness.recorder import Recorder

WAIT_SECONDS: Final = 0.2


class Children:
    """A thread that waits for all pool processes that a recorder tells of."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._watched: dict[int, tuple[str, int]] = {}  # descriptor -> node and pid
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="children", daemon=True)
        self._exits: select.epoll | None = None

    def start(self) -> None:
        """Begin to watch, where the kernel can tell."""
        if hasattr(os, "pidfd_open"):
            self._exits = select.epoll()
            self._recorder.listen(self._heard, past=True)
            self._thread.start()

    def stop(self) -> None:
        """Stop watching. Stopping twice is harmless."""
        if self._exits is None:
            return
        self._recorder.unlisten(self._heard)
        self._stopping.set()
        self._thread.join()
        for descriptor in list(self._watched):
            self._forget(descriptor)
        self._exits.close()
        self._exits = None

    def _heard(self, event: Event) -> None:
        if event.type != CHILD_STARTED or self._exits is None:
            return
        pid = event.detail["pid"]
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:  # gone, and buried, before its first word was read
            self._exited(event.id, pid)
            return
        self._watched[descriptor] = (event.id, pid)
        self._exits.register(descriptor, select.EPOLLIN)

    def _run(self) -> None:
        assert self._exits
        while not self._stopping.is_set():
            for descriptor, _ in self._exits.poll(WAIT_SECONDS):
                self._exited(*self._forget(descriptor))

    def _forget(self, descriptor: int) -> tuple[str, int]:
        assert self._exits
        self._exits.unregister(descriptor)
        os.close(descriptor)
        return self._watched.pop(descriptor)

    def _exited(self, node: str, pid: int) -> None:
        self._recorder.record(CHILD_EXITED, node, detail={"pid": pid})
