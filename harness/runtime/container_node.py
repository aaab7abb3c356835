"""A node that is a container: its main process is process 1 there, and its end the container's.

Pids of children are those that the container sees. A container's death takes its children along,
so killing the main process and killing its group is the same. The kernel delivers to process 1
only signals it handles, besides SIGKILL and SIGSTOP.
"""

import contextlib
import http.client
import signal
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from harness.docker.engine import Engine
from harness.docker.frames import frames
from harness.errors import CrucibleError
from harness.node import Done, NodeSpec
from harness.recorder import Recorder
from harness.runtime.keeper_client import Exited
from harness.runtime.supervised import SupervisedNode

CHILDREN: Final = (
    "for pid in $(cat /proc/1/task/1/children); do cat /proc/$pid/stat 2>/dev/null; done; true"
)
LOG_SECONDS_MAX: Final = 2.0  # for what a container said last to arrive


class ContainerNode(SupervisedNode):
    """A container that compose has made; Crucible starts and restarts it itself."""

    def __init__(self, spec: NodeSpec, engine: Engine, recorder: Recorder, logs: Path) -> None:
        super().__init__(spec, recorder, logs)
        self.container = ""  # its id, once it is made
        self._engine = engine
        self._copying: threading.Thread | None = None

    def _spawn(self) -> int:
        now = time.time_ns()
        self._engine.start(self.container)
        self._copying = threading.Thread(target=self._copy_log, args=(now,), daemon=True)
        self._copying.start()
        return self._engine.pid(self.container)

    def _end(self) -> None:
        with contextlib.suppress(CrucibleError):  # it has ended already
            self._engine.kill(self.container, signal.SIGKILL)
        if self._copying:
            self._copying.join(LOG_SECONDS_MAX)

    @property
    def own_pid(self) -> int | None:
        """The main process is process 1 of its container."""
        return None if self.pid is None else 1

    def died(self, code: int, wall: int) -> None:
        """Hear from the engine that it has ended."""
        mono = time.monotonic_ns()
        with self._spawning:
            pid = self.pid
        if pid is not None:
            self.exited(Exited(self.name, pid, _as_signal(code), mono, wall))

    def kill(self, signal: int, *, cause: str, group: bool = False) -> None:
        """Signal the main process; its death by it is then expected."""
        self._living()
        self._expect(signal, cause)
        self._engine.kill(self.container, signal)

    def pause(self) -> None:
        """Freeze all processes of the container."""
        self._living()
        self._engine.pause(self.container)

    def resume(self) -> None:
        """Let them run again, if they are frozen."""
        with contextlib.suppress(CrucibleError):
            self._engine.unpause(self.container)

    @property
    def paused(self) -> bool:
        """The engine says so."""
        return self.pid is not None and self._engine.is_paused(self.container)

    def children(self) -> list[int]:
        """The pids, inside, of the main process's living children, oldest first."""
        if self.pid is None:
            return []
        with contextlib.suppress(CrucibleError):  # it ended meanwhile
            return _living_pids(self.execute(["sh", "-c", CHILDREN]))
        return []

    def kill_child(self, pid: int, signal: int) -> None:
        """Signal one child process."""
        self.execute(["sh", "-c", f"kill -{int(signal)} {pid}"])

    def execute(self, argv: list[str]) -> str:
        """Run a command in the container; what it printed.

        Raises:
            CrucibleError: the container does not run.
        """
        self._living()
        return self._engine.execute(self.container, argv).output.decode(errors="replace")

    def run_inside(self, argv: Sequence[str], seconds_max: float) -> Done:
        """Run a command in the container; it has its directory and environment."""
        self._living()
        done = self._engine.execute(self.container, argv, seconds_max=seconds_max)
        return Done(done.code, done.output.decode(), done.errors.decode(errors="replace"))

    def run_to_end(self) -> int:
        """Run it as a command that ends by itself; its exit code."""
        self._spawn()
        code = self._engine.wait(self.container)
        if self._copying:
            self._copying.join(LOG_SECONDS_MAX)
        return code

    def _copy_log(self, since_wall_ns: int) -> None:
        ended = (CrucibleError, OSError, http.client.HTTPException, ValueError)
        with (
            contextlib.suppress(*ended),
            self.log.open("ab", buffering=0) as file,
            self._engine.logs(self.container, since_wall_ns) as stream,
        ):
            for _, content in frames(stream.response):
                file.write(content)


def _living_pids(stats: str) -> list[int]:
    """From lines of /proc/PID/stat, without zombies."""
    living = []
    for line in stats.splitlines():
        # The second field, the name, may hold spaces and parentheses: cut behind the last.
        head, _, rest = line.rpartition(")")
        if rest.split()[:1] not in ([], ["Z"]):
            living.append(int(head.split(" ", 1)[0]))
    return living


def _as_signal(code: int) -> int:
    """The engine reports a death by signal N as 128 + N; here it is -N."""
    return 128 - code if 128 < code <= 128 + signal.NSIG else code
