"""Crucible's end of the keeper: ask it to start processes, hear when they end."""

import contextlib
import itertools
import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.errors import CrucibleError, Exit
from harness.runtime import keeper

ANSWER_SECONDS_MAX = 10.0


@dataclass(frozen=True, slots=True)
class Exited:
    """A process that ended. ``code`` is negative for the signal that killed it."""

    name: str
    pid: int
    code: int
    mono: int
    wall: int


class KeeperClient:
    """The keeper process of one stack. ``on_lost``: it was killed, and everything with it."""

    def __init__(self, on_exit: Callable[[Exited], None], on_lost: Callable[[], None]) -> None:
        ours, theirs = socket.socketpair()
        self._on_exit = on_exit
        self._on_lost = on_lost
        self._living: dict[int, str] = {}  # what it started and has not told the end of
        self._closing = self._lost = False
        self._socket = ours
        self._ids = itertools.count()
        self._answers: dict[int, Future[dict[str, Any]]] = {}
        self._sending = threading.Lock()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-S", keeper.__file__, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for Crucible, not for the keeper
            )
        # Exits are told on a thread of their own: a listener may ask the keeper something.
        self._exits: queue.SimpleQueue[Exited | None] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._read, name="keeper", daemon=True),
            threading.Thread(target=self._tell_exits, name="keeper-exits", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def spawn(
        self,
        name: str,
        argv: list[str],
        *,
        env: dict[str, str],
        cwd: Path,
        log: Path,
        account: tuple[int, int] | None = None,
        farewell: int | None = None,
    ) -> int:
        """Start a process, return its pid. ``farewell``: the signal that ends it in order.

        Raises:
            CrucibleError: it cannot be started (no such program, no permission, no disk).
        """
        uid, gid = account or (None, None)
        request = {"name": name, "argv": argv, "env": env, "cwd": str(cwd), "log": str(log)}
        answer = self._ask({"spawn": {**request, "uid": uid, "gid": gid, "farewell": farewell}})
        if "error" in answer:
            raise CrucibleError(
                f"Cannot start {name}: {answer['error']}.",
                hint=f"The command was: {' '.join(argv)}",
            )
        return int(answer["pid"])

    def remove_at_end(self, directory: Path) -> None:
        """Have the keeper remove ``directory`` when the stack ends, however it ends."""
        self._ask({"scratch": str(directory)})

    def close(self) -> None:
        """End every process that descends from the keeper, and the keeper.

        Raises:
            CrucibleError: it had been killed before; nothing is left running even so.
        """
        self._closing = True
        with contextlib.suppress(OSError):  # it was killed
            self._socket.shutdown(socket.SHUT_WR)
        self.process.wait()
        for thread in self._threads:
            thread.join()
        self._socket.close()
        if self._lost:
            raise _gone()

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        answer: Future[dict[str, Any]] = Future()
        with self._sending:
            id_ = next(self._ids)
            self._answers[id_] = answer
            try:
                self._socket.sendall(json.dumps({"id": id_, **request}).encode() + b"\n")
            except OSError as error:
                raise _gone() from error
        try:
            return answer.result(ANSWER_SECONDS_MAX)
        except TimeoutError as error:
            raise _gone() from error

    def _read(self) -> None:
        with contextlib.suppress(ConnectionError), self._socket.makefile("rb") as lines:
            for line in lines:
                self._take(json.loads(line))
        if not self._closing:
            self._end_in_its_place()
        self._exits.put(None)

    def _take(self, message: dict[str, Any]) -> None:
        if "exited" in message:
            self._living.pop(message["pid"], None)
            self._exits.put(Exited(message.pop("exited"), **message))
            return
        if "pid" in message:
            self._living[message["pid"]] = message["name"]
        self._answers.pop(message["id"]).set_result(message)

    def _end_in_its_place(self) -> None:
        """The keeper was killed. Nodes die with it (Linux), but their children would live on."""
        self._lost = True
        self._on_lost()
        for pid, name in self._living.items():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)
            code = -int(signal.SIGKILL)
            self._exits.put(Exited(name, pid, code, time.monotonic_ns(), time.time_ns()))
        with self._sending:
            for answer in self._answers.values():
                answer.set_exception(_gone())

    def _tell_exits(self) -> None:
        while (exit_ := self._exits.get()) is not None:
            self._on_exit(exit_)


def _gone() -> CrucibleError:
    return CrucibleError(
        "The keeper of this stack's processes does not answer.",
        hint="It was killed, or the machine is out of memory; start again.",
        exit_code=Exit.ABORTED,
    )
