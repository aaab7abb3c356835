"""Kills one child of a node: a prefork worker's pool process, in the middle of its task."""

import signal
from dataclasses import dataclass
from typing import ClassVar

import psutil

from harness.errors import CrucibleError, Exit
from harness.event import STARTED
from harness.session import Session


@dataclass(slots=True)
class KillChild:
    """Sends ``signal`` to the child that runs a task now, or to any child if none does."""

    name: ClassVar[str] = "kill-child"
    node: str
    signal: int = signal.SIGKILL
    _pid: int = 0
    _task: str = ""

    @property
    def target(self) -> str:
        """The node whose child it kills."""
        return self.node

    def inject(self, session: Session) -> None:
        """Kill the child that began its task last.

        Raises:
            CrucibleError: the node has no child.
        """
        node = session.stack.node(self.node)
        children = node.children()
        if not children:
            raise CrucibleError(
                f"{self.node} has no child process to kill.",
                hint="Its pool is not prefork; choose another fault.",
                exit_code=Exit.UNKNOWN,
            )
        self._task, self._pid = self._busy(session, children) or ("", children[0])
        node.kill_child(self._pid, self.signal)

    def proof(self, session: Session) -> str | None:
        """The child no longer exists."""
        if psutil.pid_exists(self._pid) and not _is_zombie(self._pid):
            return None
        busy = f"while it ran {self._task}" if self._task else "while it was idle"
        return f"child {self._pid} of {self.node} is gone, killed {busy}"

    def heal(self, session: Session) -> None:
        """Nothing to undo: the pool replaces its child."""

    def _busy(self, session: Session, children: list[int]) -> tuple[str, int] | None:
        running = session.tracker.running
        for event in reversed(session.recorder.events):
            pid = event.detail.get("pid")
            if event.type == STARTED and event.id in running and pid in children:
                return event.id, int(pid)
        return None


def _is_zombie(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
