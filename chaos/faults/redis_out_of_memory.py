"""Redis has no memory left and evicts nothing: whatever would need some is refused."""

from dataclasses import dataclass
from typing import ClassVar, Final

import redis

from chaos.means.redis_server import broker
from chaos.means.server_fault import BrokerFault
from chaos.need import REDIS, Needs
from harness.session import Session

SETTINGS: Final = ("maxmemory", "maxmemory-policy")


@dataclass(slots=True)
class RedisOutOfMemory(BrokerFault):
    """``maxmemory`` with ``noeviction``: LPUSH is refused, and so is what kombu notes of a message.

    A worker takes a message off its queue (BRPOP, which needs no memory) and then notes it as
    unacknowledged (HSET, which is refused): that message is lost by the transport, and the worker
    may end of the error. Neither is held against a system.
    """

    name: ClassVar[str] = "redis-out-of-memory"
    needs: ClassVar[Needs] = (REDIS,)
    breaks: ClassVar[frozenset[str]] = frozenset({"no-task-lost", "nodes-stay-up"})
    _before: tuple[tuple[str, str], ...] = ()

    def inject(self, session: Session) -> None:
        """Leave it no memory."""
        with broker(session) as client:
            self._before = tuple((name, client.config_get(name)[name]) for name in SETTINGS)
            client.config_set("maxmemory-policy", "noeviction")
            client.config_set("maxmemory", 1)

    def proof(self, session: Session) -> str | None:
        """Redis itself refuses a write, in its own words."""
        with broker(session) as client:
            try:
                client.set("crucible:nothing", "", px=1)
            except redis.OutOfMemoryError as error:
                return f"Redis refused a SET: {error}"
        return None

    def heal(self, session: Session) -> None:
        """Give it what it had."""
        with broker(session) as client:
            for name, value in self._before:
                client.config_set(name, value)
