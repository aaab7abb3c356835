"""A task of a name that no worker knows: one that was renamed, or is not deployed yet."""

from dataclasses import dataclass
from typing import ClassVar

from chaos.means.poison_task import PoisonTask
from chaos.need import Needs
from harness.client.publisher import Enqueue
from harness.event import UNKNOWN_TASK
from harness.session import Session


@dataclass(slots=True)
class UnknownTask(PoisonTask):
    """One message for ``task``."""

    name: ClassVar[str] = "unknown-task"
    needs: ClassVar[Needs] = ()
    task: str = "crucible.poison.nobody_knows"

    @property
    def order(self) -> Enqueue:
        """The task that there is not."""
        return Enqueue(self.task)

    def proof(self, session: Session) -> str | None:
        """A worker said that it knows no such task."""
        unknown = self.seen(session, UNKNOWN_TASK)
        return f"{unknown.node} knows no task {self.task!r}" if unknown else None
