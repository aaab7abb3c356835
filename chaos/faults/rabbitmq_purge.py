"""Somebody empties a queue of RabbitMQ: all that waits in it is gone."""

from dataclasses import dataclass
from typing import Any, ClassVar

import kombu

from chaos.means.queue_fault import QueueFault
from chaos.need import RABBITMQ, Needs
from harness.brokers import BROKERS
from harness.brokers.broker import BROKER
from harness.session import Session


@dataclass(slots=True)
class RabbitmqPurge(QueueFault):
    """What is waiting in ``queue`` is deleted; what a worker holds is not.

    A message that only the broker had is lost by it, so that no system can keep ``no-task-lost``.
    """

    name: ClassVar[str] = "rabbitmq-purge"
    family: ClassVar[str] = "broker"
    needs: ClassVar[Needs] = (RABBITMQ,)
    breaks: ClassVar[frozenset[str]] = frozenset({"no-task-lost"})
    _purged: int = 0

    def inject(self, session: Session) -> None:
        """Empty it."""
        typed: Any = kombu  # which declares nothing
        url = BROKERS["rabbitmq"].url(session.stack.address(BROKER))
        with typed.Connection(url) as connection:
            self._purged = int(connection.channel().queue_purge(self.queue))

    def proof(self, session: Session) -> str | None:
        """The server says how many messages it deleted, and that was not none."""
        return f"RabbitMQ deleted {self._purged} messages of {self.queue}" if self._purged else None

    def heal(self, session: Session) -> None:
        """Nothing can be undone: they are gone."""
