"""A link on which one side hears late that the other has hung up."""

import socket
import time
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import ClassVar, Final, Self

from chaos.means import candidates
from chaos.means.hello import contrast
from chaos.means.toxic_fault import STREAMS, ToxicFault
from chaos.need import PROCESSES
from harness.connections import established
from harness.exchange import SILENT
from harness.link import Link, Toxic
from harness.session import Session

ANSWER_SECONDS_MAX: Final = 2.0
TRIED: Final = 8  # connections; more than half of them must linger, since others come and go


@dataclass(slots=True)
class SlowClose(ToxicFault):
    """When the server (downstream) or the client hangs up, the other hears it ``delay_ms`` later.

    That a server is told late is seen by the connections it still holds, which takes a server
    on this machine.
    """

    name: ClassVar[str] = "slow-close"
    delay_ms: int = 1000

    @classmethod
    def candidates(cls, session: Session) -> Iterable[Self]:
        """Every link, in both directions where both can be proved."""
        ways = STREAMS if PROCESSES.met(session.stack.settings) else STREAMS[:1]
        return (cls(link, way) for link in candidates.links(session) for way in ways)

    @property
    def toxic(self) -> Toxic:
        """Toxiproxy's ``slow_close``."""
        return Toxic("slow_close", {"delay": self.delay_ms}, self.stream)

    def proof(self, session: Session) -> str | None:
        """Who hears late heard it late."""
        if self.stream == "upstream":
            return self._server_waits(session.stack.link(self.link))
        return self._client_waits(session)

    def _client_waits(self, session: Session) -> str | None:
        """The end follows the last byte by the delay; past the link it does not."""
        delay = self.delay_ms / 1000
        seen = contrast(session, self.link, delay + ANSWER_SECONDS_MAX, hangs_up=True)
        through, past = (each.seconds - each.last for each in (seen.through, seen.past))
        if seen.through.ended == SILENT or not seen.past.received or not past < delay <= through:
            return None
        late, prompt = round(through * 1000), round(past * 1000)
        return f"it ended {late} ms after its last byte, past the link {prompt}"

    def _server_waits(self, link: Link) -> str | None:
        """Half of the delay after their clients have gone, it still holds the connections."""
        before = established(link.upstream)
        with ExitStack() as connections:
            for _ in range(TRIED):
                connections.enter_context(socket.create_connection(link.listen))
            deadline = time.monotonic() + ANSWER_SECONDS_MAX
            while established(link.upstream) < before + TRIED:  # the proxy connects on its own
                if time.monotonic() > deadline:
                    return None
        time.sleep(self.delay_ms / 2000)  # the moment of which the sentence speaks
        held = established(link.upstream) - before
        if held <= TRIED / 2:
            return None
        return (
            f"{link.server} held {held} of {TRIED} connections {self.delay_ms / 2:.0f} ms too long"
        )
