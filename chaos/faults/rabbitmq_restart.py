"""Stops RabbitMQ in order; it is started again when the fault is healed."""

import signal
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Self

from chaos.fault import Fault
from chaos.means import candidates
from chaos.means.life import Life
from chaos.means.revival import revive, wait_dead
from harness.brokers.broker import BROKER
from harness.session import Session


@dataclass(slots=True)
class RabbitmqRestart(Fault):
    """SIGTERM. Durable queues and persistent messages, which Celery makes, are kept."""

    name: ClassVar[str] = "rabbitmq-restart"
    family: ClassVar[str] = "broker"
    _life: Life | None = None

    @property
    def target(self) -> str:
        """The broker."""
        return BROKER

    @classmethod
    def candidates(cls, session: Session) -> Iterable[Self]:
        """One, where the broker is RabbitMQ."""
        return (cls(),) if candidates.on_rabbitmq(session) else ()

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
