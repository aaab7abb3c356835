"""Redis answers nobody who wants to change something (CLIENT PAUSE), as during a failover."""

import socket
from dataclasses import dataclass
from typing import ClassVar, Final

from chaos.means.redis_server import broker
from chaos.means.server_fault import BrokerFault
from chaos.need import REDIS, Needs
from harness.brokers.broker import BROKER
from harness.session import Session

PAUSE_MS_MAX: Final = 600_000
WRITE: Final = b"DEL crucible:nothing\r\n"  # changes nothing, but might
NOTICE_SECONDS: Final = 0.1


@dataclass(slots=True)
class RedisClientPause(BrokerFault):
    """Commands that may write wait until it is healed: LPUSH, BRPOP, all that moves a message."""

    name: ClassVar[str] = "redis-client-pause"
    needs: ClassVar[Needs] = (REDIS,)

    def inject(self, session: Session) -> None:
        """Pause. Not reads: Redis would not hear that it shall go on either."""
        with broker(session) as client:
            client.client_pause(PAUSE_MS_MAX, all=False)

    def proof(self, session: Session) -> str | None:
        """A write gets no answer, though a question asked after it does."""
        with (
            socket.create_connection(session.stack.address(BROKER), 5.0) as writer,
            broker(session) as client,
        ):
            writer.sendall(WRITE)
            client.ping()  # Redis has one thread: it has seen the write by now
            writer.settimeout(NOTICE_SECONDS)
            try:
                writer.recv(64)
                return None
            except TimeoutError:
                waiting = client.info("clients")["blocked_clients"]
        return f"Redis answers a PING and leaves a DEL unanswered; {waiting} clients wait"

    def heal(self, session: Session) -> None:
        """Go on."""
        with broker(session) as client:
            client.client_unpause()
