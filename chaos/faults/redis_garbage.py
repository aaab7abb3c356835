"""Bytes in a Redis list that are no message of kombu's: a worker that takes them ends."""

from dataclasses import dataclass
from typing import ClassVar, Final

from chaos.means import candidates
from chaos.means.life import Life
from chaos.means.queue_fault import QueueFault
from chaos.means.redis_server import broker
from chaos.need import REDIS, Needs
from harness.brokers.broker import BROKER
from harness.session import Session

GARBAGE: Final = "crucible: no message"


@dataclass(slots=True)
class RedisGarbage(QueueFault):
    """One item in the list ``queue``.

    kombu decodes it in its event loop (kombu/transport/redis.py, ``_brpop_read``) and the worker
    ends with a JSONDecodeError. No task is to blame, so that its end counts for nothing.
    """

    name: ClassVar[str] = "redis-garbage"
    family: ClassVar[str] = "poison"
    needs: ClassVar[Needs] = (REDIS,)
    uses: ClassVar[frozenset[str]] = frozenset({BROKER})
    breaks: ClassVar[frozenset[str]] = frozenset({"nodes-stay-up"})
    _lives: tuple[Life, ...] = ()

    def inject(self, session: Session) -> None:
        """Put it there."""
        self._lives = tuple(Life.watched(session, each) for each in candidates.workers(session))
        with broker(session) as client:
            client.lpush(self.queue, GARBAGE)

    def proof(self, session: Session) -> str | None:
        """It is off the queue, and a worker has ended."""
        ended = next((life for life in self._lives if life.exited), None)
        if not ended or not ended.exited:
            return None
        with broker(session) as client:
            if client.lpos(self.queue, GARBAGE) is not None:
                return None
        return f"{ended.node} took it and ended: {ended.exited.detail['cause']}"

    def heal(self, session: Session) -> None:
        """Take it off if nobody did, and wait until who ended is back."""
        with broker(session) as client:
            client.lrem(self.queue, 0, GARBAGE)
        for life in self._lives:
            life.wait_back()
