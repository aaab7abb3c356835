"""What faults have in common that enqueue one poisonous task, in the target's own way."""

from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from chaos.fault import Fault
from chaos.means import candidates
from harness.client.publisher import Enqueue
from harness.errors import CrucibleError
from harness.event import Event
from harness.session import Session


@dataclass(slots=True)
class PoisonTask(Fault):
    """One task in ``queue``. There is nothing to heal: it ends by itself."""

    family: ClassVar[str] = "poison"
    needs_poison: ClassVar[bool] = True  # whether a worker must know ``crucible.poison.*``
    queue: str = "celery"
    _id: str = ""
    _since: int = 0  # index of the first event that may tell of it

    @property
    def target(self) -> str:
        """The queue."""
        return self.queue

    @classmethod
    def candidates(cls, session: Session) -> Iterable[Self]:
        """The queues of all workers, where they know poison."""
        possible = session.stack.settings.target.poison or not cls.needs_poison
        return map(cls, candidates.queues(session) if possible else ())

    @property
    @abstractmethod
    def order(self) -> Enqueue:
        """The task."""

    def inject(self, session: Session) -> None:
        """Enqueue it.

        Raises:
            CrucibleError: no worker knows such tasks.
        """
        if self.needs_poison and not session.stack.settings.target.poison:
            raise CrucibleError(
                f"Workers of {session.stack.settings.target.name} know no poison.",
                hint="Set `poison = true` in the target file.",
            )
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
