"""Kills one child of a node: a prefork worker's pool process, in the middle of its task."""

import signal
from dataclasses import dataclass
from typing import ClassVar

from chaos.aim import Moment
from chaos.means.busy_child import BusyChild, busy_child, held_child
from chaos.means.node_fault import WorkerFault
from harness.errors import CrucibleError, Exit
from harness.session import Session


@dataclass(slots=True)
class KillChild(WorkerFault):
    """Sends ``signal`` to the child that has been in its task for longest: one that is held."""

    name: ClassVar[str] = "kill-child"
    task: str = ""  # only a child that runs a task of this name; "": any
    signal: int = signal.SIGKILL
    _aimed_at: BusyChild | None = None
    _pid: int = 0
    _task: str = ""

    def aim_at(self, moment: Moment) -> None:
        """Take the child that holds the task aimed at."""
        self._aimed_at = held_child(moment)

    def inject(self, session: Session) -> None:
        """Kill it.

        Raises:
            CrucibleError: none of the node's children runs such a task.
        """
        busy = self._aimed_at or busy_child(session, self.node, self.task)
        if busy is None:
            raise CrucibleError(
                f"No child of {self.node} runs {self.task or 'a task'} now.",
                hint="Inject it while one is held, such as inside `inject(HeldReply(...))`.",
                exit_code=Exit.UNKNOWN,
            )
        self._task, self._pid = busy.task, busy.pid
        session.stack.node(self.node).kill_child(self._pid, self.signal)

    def proof(self, session: Session) -> str | None:
        """The child no longer exists."""
        if self._pid in session.stack.node(self.node).children():
            return None
        return f"child {self._pid} of {self.node} is gone, killed while it ran {self._task}"

    def heal(self, session: Session) -> None:
        """Nothing to undo: the pool replaces its child."""
