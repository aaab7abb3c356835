"""Cuts several links at the same time: a part of the system is alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Self

from chaos.fault import Fault
from chaos.means import candidates
from harness.session import Session


@dataclass(slots=True)
class Partition(Fault):
    """All of ``links`` are down until it is healed."""

    name: ClassVar[str] = "partition"
    family: ClassVar[str] = "network"
    elsewhere: ClassVar[bool] = True
    links: tuple[str, ...]
    _open: int = 0  # connections that were open when they were cut

    @property
    def target(self) -> str:
        """The links."""
        return ", ".join(self.links)

    @classmethod
    def candidates(cls, session: Session) -> Iterable[Self]:
        """All links of one client, or all to one server: whoever has at least two."""
        links = [session.stack.link(name) for name in candidates.links(session)]
        for side in ("client", "server"):
            for one in sorted({getattr(link, side) for link in links}):
                cut = tuple(link.name for link in links if getattr(link, side) == one)
                if len(cut) > 1:
                    yield cls(cut)

    def inject(self, session: Session) -> None:
        """Cut them all."""
        links = [session.stack.link(name) for name in self.links]
        self._open = sum(link.connections() for link in links)
        for link in links:
            link.cut()

    def proof(self, session: Session) -> str | None:
        """Connections were open, none is left on any, and each refuses new ones."""
        links = [session.stack.link(name) for name in self.links]
        if not self._open or any(link.connections() or not link.refuses() for link in links):
            return None
        return f"{self._open} open connections closed, new ones refused by all {len(links)} links"

    def heal(self, session: Session) -> None:
        """Take connections again, on each."""
        for name in self.links:
            session.stack.link(name).restore()
