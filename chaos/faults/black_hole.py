"""A link that swallows everything: connections are taken, and nothing ever comes back.

With one direction only it is an asymmetric cut: what is said arrives and its answer does not
(downstream), or the other way round.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar, Final, Literal, Self

from chaos.means import candidates
from chaos.means.hello import contrast
from chaos.means.link_fault import LinkFault
from chaos.means.toxic_fault import STREAMS
from harness.exchange import CLOSED, SILENT
from harness.link import Toxic
from harness.session import Session

SILENCE_SECONDS: Final = 0.5
Direction = Literal["both", "upstream", "downstream"]


@dataclass(slots=True)
class BlackHole(LinkFault):
    """Swallows what goes in ``direction``: upstream is from the client to the server.

    Healing it closes the link's connections, as Toxiproxy does when it removes a ``timeout``.
    """

    name: ClassVar[str] = "black-hole"
    direction: Direction = "both"

    @classmethod
    def candidates(cls, session: Session) -> Iterable[Self]:
        """Every link of the target, in both directions and in each."""
        ways: tuple[Direction, ...] = ("both", *STREAMS)
        return (cls(link, way) for link in candidates.links(session) for way in ways)

    def inject(self, session: Session) -> None:
        """Swallow from now on, on connections that are open too."""
        for toxic in self._toxics():
            session.stack.link(self.link).add(toxic)

    def proof(self, session: Session) -> str | None:
        """A hello through the link gets no answer; past it, it gets one in time."""
        seen = contrast(session, self.link, SILENCE_SECONDS)
        # A server that greets first is heard, but for its answer; and that it hangs up is, too.
        swallowed = seen.through.received < seen.past.received
        if not swallowed or seen.through.ended not in (SILENT, CLOSED):
            return None
        there = session.stack.link(self.link).toxics()
        if not {toxic.name for toxic in self._toxics()} <= there:
            return None
        return (
            f"no answer within {SILENCE_SECONDS * 1000:.0f} ms, past the link one after "
            f"{seen.past.first * 1000:.0f}; in place: {', '.join(sorted(there))}"
        )

    def heal(self, session: Session) -> None:
        """Swallow no more."""
        for toxic in self._toxics():
            session.stack.link(self.link).clear(toxic)

    def _toxics(self) -> Iterator[Toxic]:
        return (
            Toxic("timeout", {"timeout": 0}, stream)
            for stream in STREAMS
            if self.direction in (stream, "both")
        )
