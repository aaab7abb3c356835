"""What faults have in common that put one toxic on one direction of a link."""

from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, Self

from chaos.means import candidates
from chaos.means.link_fault import LinkFault
from harness.link import Toxic
from harness.session import Session

Stream = Literal["upstream", "downstream"]
STREAMS: Final[tuple[Stream, ...]] = ("downstream", "upstream")


@dataclass(slots=True)
class ToxicFault(LinkFault):
    """A toxic on ``link``. ``stream``: upstream goes from the client to the server."""

    stream: Stream = "downstream"

    @classmethod
    def candidates(cls, session: Session) -> Iterable[Self]:
        """Every link of the target, in both directions."""
        return (cls(link, way) for link in candidates.links(session) for way in STREAMS)

    @property
    @abstractmethod
    def toxic(self) -> Toxic:
        """As Toxiproxy takes it."""

    def inject(self, session: Session) -> None:
        """Put it on the link, and see that it is there."""
        session.stack.link(self.link).add(self.toxic)

    @abstractmethod
    def proof(self, session: Session) -> str | None:
        """What an exchange through the link shows."""

    def heal(self, session: Session) -> None:
        """Take it off, and see that it is gone."""
        session.stack.link(self.link).clear(self.toxic)
