"""Redis hangs up on all of its clients at once, and takes them again (CLIENT KILL)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from chaos.fault import Fault
from chaos.means import candidates
from chaos.means.redis_server import broker
from harness.brokers.broker import BROKER
from harness.session import Session


@dataclass(slots=True)
class RedisClientKill(Fault):
    """Every connection but our own is closed by the server."""

    name: ClassVar[str] = "redis-client-kill"
    family: ClassVar[str] = "broker"
    _killed: frozenset[str] = frozenset()  # the server's ids of these connections

    @property
    def target(self) -> str:
        """The broker."""
        return BROKER

    @classmethod
    def candidates(cls, session: Session) -> Iterable[Self]:
        """One, where the broker is Redis."""
        return (cls(),) if candidates.on_redis(session) else ()

    def inject(self, session: Session) -> None:
        """Hang up."""
        with broker(session) as client:
            own = client.client_id()
            self._killed = frozenset(_ids(client) - {str(own)})
            client.client_kill_filter(_type="normal", skipme=True)
            client.client_kill_filter(_type="pubsub", skipme=True)

    def proof(self, session: Session) -> str | None:
        """The server no longer lists any of them; it never gives an id twice."""
        with broker(session) as client:
            left = self._killed & _ids(client)
        if left or not self._killed:
            return None
        return f"Redis closed {len(self._killed)} connections and lists none of them any more"

    def heal(self, session: Session) -> None:
        """Nothing to undo: whoever needs a connection makes one."""


def _ids(client: Any) -> set[str]:
    return {each["id"] for each in client.client_list()}
