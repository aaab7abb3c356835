"""Redis hangs up on all of its clients at once, and takes them again (CLIENT KILL)."""

from dataclasses import dataclass
from typing import Any, ClassVar

from chaos.means.redis_server import broker
from chaos.means.server_fault import BrokerFault
from chaos.need import REDIS, Needs
from harness.session import Session


@dataclass(slots=True)
class RedisClientKill(BrokerFault):
    """Every connection but our own is closed by the server."""

    name: ClassVar[str] = "redis-client-kill"
    needs: ClassVar[Needs] = (REDIS,)
    _killed: frozenset[str] = frozenset()  # the server's ids of these connections

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
