"""Kills one child of a node: a prefork worker's pool process, in the middle of its task."""

import signal
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Self

from chaos import candidates
from chaos.fault import Fault
from harness.errors import CrucibleError, Exit
from harness.event import STARTED
from harness.session import Session


@dataclass(slots=True)
class KillChild(Fault):
    """Sends ``signal`` to the child that has been in its task for longest: one that is held."""

    name: ClassVar[str] = "kill-child"
    family: ClassVar[str] = "process"
    node: str
    task: str = ""  # only a child that runs a task of this name; "": any
    signal: int = signal.SIGKILL
    _pid: int = 0
    _task: str = ""

    @property
    def target(self) -> str:
        """The node whose child it kills."""
        return self.node

    @classmethod
    def candidates(cls, session: Session) -> Iterable[Self]:
        """Every worker."""
        return map(cls, candidates.workers(session))

    def inject(self, session: Session) -> None:
        """Kill it.

        Raises:
            CrucibleError: none of the node's children runs such a task.
        """
        node = session.stack.node(self.node)
        self._task, self._pid = self._busy(session, node.children())
        node.kill_child(self._pid, self.signal)

    def proof(self, session: Session) -> str | None:
        """The child no longer exists."""
        if self._pid in session.stack.node(self.node).children():
            return None
        return f"child {self._pid} of {self.node} is gone, killed while it ran {self._task}"

    def heal(self, session: Session) -> None:
        """Nothing to undo: the pool replaces its child."""

    def _busy(self, session: Session, children: list[int]) -> tuple[str, int]:
        running = session.tracker.running
        began = [e for e in session.recorder.events if e.type == STARTED]
        # A task that was redelivered has begun more than once: only its last start counts.
        last = {event.id: event for event in began}
        for event in sorted(last.values(), key=lambda each: each.mono):
            wanted = event.id in running and event.node == self.node
            if wanted and self.task in ("", event.name) and event.detail["pid"] in children:
                return f"{event.name}[{event.id}]", int(event.detail["pid"])
        raise CrucibleError(
            f"No child of {self.node} runs {self.task or 'a task'} now.",
            hint="Inject it while one is held, such as inside `inject(HeldReply(...))`.",
            exit_code=Exit.UNKNOWN,
        )
