"""Nodes as processes of this machine; all end when Crucible ends, however it ends."""

import contextlib
import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

from harness.event import NODE_READY, Event
from harness.node import Done, NodeSpec
from harness.recorder import Recorder
from harness.runtime.command import run_command
from harness.runtime.keeper_client import Exited, KeeperClient
from harness.runtime.supervised import SupervisedNode, end_the_run


class LocalNode(SupervisedNode):
    """A process group of its own, with a log file."""

    def __init__(self, spec: NodeSpec, keeper: KeeperClient, recorder: Recorder, logs: Path):
        super().__init__(spec, recorder, logs)
        self._keeper = keeper

    def _spawn(self) -> int:
        return self._keeper.spawn(
            self.name,
            list(self.spec.argv),
            env=dict(self.spec.environment),
            cwd=Path(self.spec.cwd),
            log=self.log,
            account=self.spec.account,
            farewell=self.spec.farewell,
        )

    def _end(self) -> None:
        # systemd's KillMode=control-group: what is left of the group goes before a restart.
        if self.pid is not None:
            _signal_group(self.pid, signal.SIGKILL)

    def kill(self, signal: int, *, cause: str, group: bool = False) -> None:
        """Signal the main process, or its whole group; its death by it is then expected."""
        pid = self._living()
        self._expect(signal, cause)
        (os.killpg if group else os.kill)(pid, signal)

    def pause(self) -> None:
        """SIGSTOP to the whole group; returns when the main process has stopped."""
        process = psutil.Process(self._living())
        os.killpg(process.pid, signal.SIGSTOP)
        while process.status() != psutil.STATUS_STOPPED:
            time.sleep(0.001)  # the kernel stops it at its next return to user space

    def resume(self) -> None:
        """SIGCONT to the whole group, if it still lives."""
        if self.pid is not None:
            _signal_group(self.pid, signal.SIGCONT)

    @property
    def paused(self) -> bool:
        """The kernel says that main process and children are all stopped."""
        pids = [self.pid, *self.children()] if self.pid else []
        return bool(pids) and all(_status(pid) == psutil.STATUS_STOPPED for pid in pids)

    def run_inside(self, argv: Sequence[str], seconds_max: float) -> Done:
        """Run a command in its directory, with its environment."""
        return run_command(argv, Path(self.spec.cwd), self.spec.environment, seconds_max)

    def children(self) -> list[int]:
        """The pids of its living children (a prefork worker's pool), oldest first."""
        if (pid := self.pid) is None:
            return []
        with contextlib.suppress(psutil.NoSuchProcess):
            return [child.pid for child in psutil.Process(pid).children() if _lives(child)]
        return []

    def kill_child(self, pid: int, signal: int) -> None:
        """Signal one child process."""
        os.kill(pid, signal)


class Processes:
    """Makes such nodes, and hears from the keeper and from probes how they fare."""

    def __init__(self, recorder: Recorder, logs: Path) -> None:
        self._recorder = recorder
        self._logs = logs
        self._nodes: dict[str, LocalNode] = {}
        self._keeper = KeeperClient(self._exited, self._lost)
        recorder.listen(self._heard)

    def node(self, spec: NodeSpec) -> LocalNode:
        """A node, not yet started."""
        node = LocalNode(spec, self._keeper, self._recorder, self._logs)
        self._nodes[spec.name] = node
        return node

    def remove_at_end(self, directory: Path) -> None:
        """Remove ``directory`` when all is closed, even by ``kill -9`` of Crucible."""
        self._keeper.remove_at_end(directory)

    def close(self) -> None:
        """End every process it started.

        Raises:
            CrucibleError: the keeper had been killed; nothing is left running even so.
        """
        self._retire()
        try:
            self._keeper.close()
        finally:
            self._recorder.unlisten(self._heard)

    def _retire(self) -> None:
        for node in list(self._nodes.values()):
            node.retire()

    def _lost(self) -> None:
        """The keeper was killed: no node can be judged by an end that it did not deserve."""
        self._retire()
        end_the_run()

    def _heard(self, event: Event) -> None:
        if event.type == NODE_READY and (node := self._nodes.get(event.node)):
            node.announce(event)

    def _exited(self, exit_: Exited) -> None:
        self._nodes[exit_.name].exited(exit_)


def _status(pid: int) -> str | None:
    with contextlib.suppress(psutil.NoSuchProcess):
        return str(psutil.Process(pid).status())
    return None


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _signal_group(leader: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)
