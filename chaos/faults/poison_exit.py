"""A task that makes the process which runs it exit."""

from dataclasses import dataclass
from typing import ClassVar

from chaos.means.poison_task import PoisonTask
from harness.client.publisher import Enqueue
from harness.event import STARTED
from harness.session import Session


@dataclass(slots=True)
class PoisonExit(PoisonTask):
    """In its first ``times`` executions; then it ends well, if it is run again."""

    name: ClassVar[str] = "poison-exit"
    times: int = 1

    @property
    def order(self) -> Enqueue:
        """``crucible.poison.exits``."""
        return Enqueue("crucible.poison.exits", [self.times])

    def proof(self, session: Session) -> str | None:
        """It was begun, and the process that ran it is gone."""
        started = self.seen(session, STARTED)
        if not started or started.detail["pid"] in session.stack.node(started.node).children():
            return None
        return f"child {started.detail['pid']} of {started.node} is gone since it ran {self._id}"
