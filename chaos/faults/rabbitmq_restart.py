"""Stops RabbitMQ in order; it is started again when the fault is healed."""

import signal
from dataclasses import dataclass
from typing import ClassVar

from chaos.means.life import Life
from chaos.means.revival import revive, wait_dead
from chaos.means.server_fault import BrokerFault
from chaos.need import RABBITMQ, Needs
from harness.brokers.broker import BROKER
from harness.session import Session


@dataclass(slots=True)
class RabbitmqRestart(BrokerFault):
    """SIGTERM. Durable queues and persistent messages, which Celery makes, are kept."""

    name: ClassVar[str] = "rabbitmq-restart"
    needs: ClassVar[Needs] = (RABBITMQ,)
    _life: Life | None = None

    def inject(self, session: Session) -> None:
        """Stop it."""
        self._life = Life.watched(session, BROKER)
        session.stack.node(BROKER).kill(signal.SIGTERM, cause=self.name)
        wait_dead(session, self._life)

    def proof(self, session: Session) -> str | None:
        """What runs it saw it end."""
        if not self._life or not (exited := self._life.exited):
            return None
        return f"RabbitMQ (pid {exited.detail['pid']}) ended: {exited.detail['code']}"

    def heal(self, session: Session) -> None:
        """Start it; returns when it serves."""
        revive(session, self._life)
