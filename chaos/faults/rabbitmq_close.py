"""RabbitMQ closes all of its connections at once, and takes new ones (CONNECTION_FORCED)."""

from dataclasses import dataclass
from typing import ClassVar

from chaos.means.rabbitmq_server import ask
from chaos.means.server_fault import BrokerFault
from chaos.need import RABBITMQ, Needs
from harness.session import Session


@dataclass(slots=True)
class RabbitmqClose(BrokerFault):
    """As an operator does, or a node that leaves its cluster."""

    name: ClassVar[str] = "rabbitmq-close"
    needs: ClassVar[Needs] = (RABBITMQ,)
    _closed: frozenset[str] = frozenset()  # the server's names of these connections

    def inject(self, session: Session) -> None:
        """Close them."""
        self._closed = frozenset(ask(session, "close"))

    def proof(self, session: Session) -> str | None:
        """The server lists none of them any more."""
        if not self._closed or self._closed & set(ask(session, "connections")):
            return None
        return f"RabbitMQ closed {len(self._closed)} connections and lists none of them any more"

    def heal(self, session: Session) -> None:
        """Nothing to undo: whoever needs a connection makes one."""
