"""What faults have in common that enqueue one poisonous task, in the target's own way."""

from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import ClassVar

from chaos.means.queue_fault import QueueFault
from chaos.need import POISON, Needs
from harness.client.publisher import Enqueue
from harness.event import Event
from harness.session import Session


@dataclass(slots=True)
class PoisonTask(QueueFault):
    """One task in ``queue``. There is nothing to heal: it ends by itself."""

    family: ClassVar[str] = "poison"
    needs: ClassVar[Needs] = (POISON,)
    _id: str = ""
    _since: int = 0  # index of the first event that may tell of it

    @property
    @abstractmethod
    def order(self) -> Enqueue:
        """The task."""

    def inject(self, session: Session) -> None:
        """Enqueue it."""
        order = self.order
        self._id, self._since = order.id, len(session.recorder.events)
        options = {**order.options, "queue": self.queue}
        session.publisher.enqueue(replace(order, options=options))

    @abstractmethod
    def proof(self, session: Session) -> str | None:
        """What the probe saw of it."""

    def heal(self, session: Session) -> None:
        """Nothing to undo: the message is consumed."""

    def seen(self, session: Session, *types: str) -> Event | None:
        """The first event of one of these types that tells of the task."""
        if not self._id:
            return None
        events = session.recorder.events[self._since :]
        return next((e for e in events if e.id == self._id and e.type in types), None)
