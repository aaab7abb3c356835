"""Kills a Redis that keeps nothing on disk, and starts it again: all messages are gone."""

import signal
from dataclasses import dataclass
from typing import ClassVar

from chaos.means.life import Life
from chaos.means.redis_server import broker
from chaos.means.revival import revive, wait_dead
from chaos.means.server_fault import BrokerFault
from chaos.need import PROCESSES, REDIS, Needs
from harness.brokers.broker import BROKER
from harness.session import Session


@dataclass(slots=True)
class RedisCrash(BrokerFault):
    """SIGKILL; it is started again when it is healed, empty.

    A message that only the broker had is lost by it, so that no system can keep ``no-task-lost``.
    """

    name: ClassVar[str] = "redis-crash"
    needs: ClassVar[Needs] = (REDIS, PROCESSES)
    breaks: ClassVar[frozenset[str]] = frozenset({"no-task-lost"})
    _keys: int = 0
    _life: Life | None = None

    def inject(self, session: Session) -> None:
        """Kill it."""
        with broker(session) as client:
            self._keys = client.dbsize()
        self._life = Life.watched(session, BROKER)
        session.stack.node(BROKER).kill(signal.SIGKILL, cause=self.name)
        wait_dead(session, self._life)

    def proof(self, session: Session) -> str | None:
        """Its supervisor saw it end."""
        if not self._life or not (exited := self._life.exited):
            return None
        return f"Redis (pid {exited.detail['pid']}) was killed with {self._keys} keys in its memory"

    def heal(self, session: Session) -> None:
        """Start it, empty."""
        revive(session, self._life)
