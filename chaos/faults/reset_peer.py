"""A link that resets connections (TCP RST) when something is sent through it."""

from dataclasses import dataclass
from typing import ClassVar, Final

from chaos.means.hello import contrast
from chaos.means.toxic_fault import ToxicFault
from harness.exchange import RESET
from harness.link import Toxic
from harness.session import Session

ANSWER_SECONDS_MAX: Final = 2.0


@dataclass(slots=True)
class ResetPeer(ToxicFault):
    """Resets ``after_ms`` after the first data; idle connections stay until somebody speaks."""

    name: ClassVar[str] = "reset-peer"
    after_ms: int = 0

    @property
    def toxic(self) -> Toxic:
        """Toxiproxy's ``reset_peer``."""
        return Toxic("reset_peer", {"timeout": self.after_ms}, self.stream)

    def proof(self, session: Session) -> str | None:
        """A hello through the link ends in a reset and without an answer."""
        seen = contrast(session, self.link, self.after_ms / 1000 + ANSWER_SECONDS_MAX)
        through, past = seen.through, seen.past
        # A server that greets first is heard, but for its answer.
        if through.ended != RESET or through.received >= past.received:
            return None
        return (
            f"reset after {through.seconds * 1000:.0f} ms and {through.received} bytes, "
            f"past the link {past.received} bytes came"
        )
