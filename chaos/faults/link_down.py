"""Cuts a link: its connections are closed and new ones are refused."""

from dataclasses import dataclass
from typing import ClassVar

from chaos.means.link_fault import LinkFault
from harness.session import Session


@dataclass(slots=True)
class LinkDown(LinkFault):
    """The link is down until it is healed."""

    name: ClassVar[str] = "link-down"
    _open: int = 0  # connections that were open when it was cut

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
