"""RabbitMQ closes all of its connections at once, and takes new ones (CONNECTION_FORCED)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Self

from chaos.fault import Fault
from chaos.means import candidates
from chaos.means.rabbitmq_server import ask
from harness.brokers.broker import BROKER
from harness.session import Session


@dataclass(slots=True)
class RabbitmqClose(Fault):
    """As an operator does, or a node that leaves its cluster."""

    name: ClassVar[str] = "rabbitmq-close"
    family: ClassVar[str] = "broker"
    _closed: frozenset[str] = frozenset()  # the server's names of these connections

    @property
    def target(self) -> str:
        """The broker."""
        return BROKER

    @classmethod
    def candidates(cls, session: Session) -> Iterable[Self]:
        """One, where the broker is RabbitMQ."""
        return (cls(),) if candidates.on_rabbitmq(session) else ()

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
