"""Stops one child of a worker: a pool process that hangs, most likely in the midst of a task."""

import contextlib
import signal
from dataclasses import dataclass
from typing import ClassVar

import psutil

from chaos.aim import Moment
from chaos.means.busy_child import BusyChild, busy_child, held_child
from chaos.means.node_fault import WorkerFault
from chaos.means.node_processes import processes
from chaos.need import PROCESSES, Needs
from harness.errors import CrucibleError, Exit
from harness.session import Session


@dataclass(slots=True)
class PauseChild(WorkerFault):
    """The child that has been in its task for longest; if none is in one, the oldest."""

    name: ClassVar[str] = "pause-child"
    needs: ClassVar[Needs] = (PROCESSES,)
    _aimed_at: BusyChild | None = None
    _pid: int = 0
    _task: str = ""

    def aim_at(self, moment: Moment) -> None:
        """Take the child that holds the task aimed at."""
        self._aimed_at = held_child(moment)

    def inject(self, session: Session) -> None:
        """Stop it.

        Raises:
            CrucibleError: the node has no children.
        """
        busy = self._aimed_at or busy_child(session, self.node)
        children = session.stack.node(self.node).children()
        if not (busy or children):
            raise CrucibleError(
                f"{self.node} has no children.",
                hint="Only workers with a prefork pool have any.",
                exit_code=Exit.UNKNOWN,
            )
        self._pid, self._task = (busy.pid, busy.task) if busy else (children[0], "no task")
        session.stack.node(self.node).kill_child(self._pid, signal.SIGSTOP)

    def proof(self, session: Session) -> str | None:
        """The kernel says that this child is stopped, and the node lives."""
        for process in processes(session, self.node):
            if process.pid == self._pid and process.status() == psutil.STATUS_STOPPED:
                return f"child {self._pid} of {self.node} is stopped, while it ran {self._task}"
        return None

    def heal(self, session: Session) -> None:
        """Let it run, unless it was killed meanwhile: a hard time limit does that."""
        with contextlib.suppress(ProcessLookupError):
            if self._pid in session.stack.node(self.node).children():
                session.stack.node(self.node).kill_child(self._pid, signal.SIGCONT)
