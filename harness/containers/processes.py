"""The processes of one container, which live and die together.

Each container has a keeper of its own, to which its orphans fall, as they would to the first
process of a container. So daemons and processes in groups of their own are found and ended too,
and nothing outlives the test process, ``kill -9`` included.
"""

import contextlib
import itertools
import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from harness.containers.entry import Entry
from harness.errors import CrucibleError
from harness.runtime.keeper import descendants
from harness.runtime.keeper_client import Exited, KeeperClient

KILLED: Final = 128 + signal.SIGKILL
ASK_SECONDS: Final = 0.002  # between two looks at the process table; nothing is timed by it


@dataclass(frozen=True, slots=True)
class Command:
    """What to start, with whose eyes, and where its output goes (both streams, appended).

    With an ``entry`` it runs in a file view of its own.
    """

    argv: list[str]
    environment: dict[str, str]
    directory: Path
    output: Path
    entry: Entry | None = None


class Processes:
    """Starts a container's processes; tells each one's exit code as Docker counts it."""

    def __init__(self, scratch: Path) -> None:
        self._numbers = itertools.count(1)
        self._waiting: dict[str, tuple[Future[int], Callable[[int], None]]] = {}
        self._keeper = KeeperClient(self._exited, self._lost)
        self._keeper.remove_at_end(scratch)

    @property
    def keeper_pid(self) -> int:
        """The process whose descendants the container's processes are."""
        return self._keeper.process.pid

    def start(
        self, command: Command, on_exit: Callable[[int], None] = lambda _code: None
    ) -> tuple[int, "Future[int]"]:
        """Start one: its pid, and its exit code to come. ``on_exit`` is called before that.

        Raises:
            CrucibleError: it cannot be started.
        """
        name = f"process {next(self._numbers)}"
        if command.entry is None:
            return self._spawn(name, command, command.argv, on_exit)
        return self._enter(name, command, command.entry, on_exit)

    def _enter(
        self, name: str, command: Command, entry: Entry, on_exit: Callable[[int], None]
    ) -> tuple[int, "Future[int]"]:
        """Start it in its view. That it could not be is told here, and is no exit then."""
        ended = threading.Event()
        runs: Future[bool] = Future()

        def told(code: int) -> None:
            ended.set()
            if runs.result():
                on_exit(code)

        with entry.way(command.argv) as way:
            pid, future = self._spawn(name, command, way.argv, told)
            try:
                failure = way.failure(ended.is_set)
            except BaseException:
                runs.set_result(True)
                raise
        runs.set_result(not failure)
        if failure:
            future.result()
            raise CrucibleError(
                f"Cannot start {name}: {failure}.",
                hint=f"The command was: {' '.join(command.argv)}",
            )
        return pid, future

    def _spawn(
        self, name: str, command: Command, argv: list[str], on_exit: Callable[[int], None]
    ) -> tuple[int, "Future[int]"]:
        future: Future[int] = Future()
        self._waiting[name] = (future, on_exit)
        try:
            pid = self._keeper.spawn(
                name,
                argv,
                env=command.environment,
                cwd=command.directory,
                log=command.output,
            )
        except BaseException:
            self._waiting.pop(name, None)
            raise
        return pid, future

    def pids(self) -> list[int]:
        """All that live, whatever group or session they moved to."""
        return list(descendants(self.keeper_pid))

    def kill_all(self) -> None:
        """What the kernel does to the rest when a container's first process ends."""
        while pids := self.pids():
            for pid in pids:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(ASK_SECONDS)

    def signal_all(self, number: int) -> None:
        """Signal every one of them."""
        for pid in self.pids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def close(self) -> None:
        """End all, and remove the container's files."""
        self._keeper.close()

    def _exited(self, exit_: Exited) -> None:
        self._finish(exit_.name, exit_.code if exit_.code >= 0 else 128 - exit_.code)

    def _lost(self) -> None:
        """The keeper was killed; the client tells the exits of all it had started."""

    def _finish(self, name: str, code: int) -> None:
        if waiting := self._waiting.pop(name, None):
            future, on_exit = waiting
            on_exit(code)
            future.set_result(code)
