"""Cuts a link: its connections are closed and new ones are refused."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Self

from chaos.fault import Fault
from chaos.means import candidates
from harness.session import Session


@dataclass(slots=True)
class LinkDown(Fault):
    """The link is down until it is healed."""

    name: ClassVar[str] = "link-down"
    family: ClassVar[str] = "network"
    elsewhere: ClassVar[bool] = True
    link: str
    _open: int = 0  # connections that were open when it was cut

    @property
    def target(self) -> str:
        """The link it cuts."""
        return self.link

    @classmethod
    def candidates(cls, session: Session) -> Iterable[Self]:
        """Every link that somebody uses."""
        return map(cls, candidates.links(session))

    def inject(self, session: Session) -> None:
        """Cut it."""
        link = session.stack.link(self.link)
        self._open = link.connections()
        link.cut()

    def proof(self, session: Session) -> str | None:
        """Connections were open, none is left, and a new one is refused."""
        link = session.stack.link(self.link)
        if not self._open or link.connections() or not link.refuses():
            return None
        return f"{self._open} open connections closed, and a new one refused"

    def heal(self, session: Session) -> None:
        """Take connections again."""
        session.stack.link(self.link).restore()
