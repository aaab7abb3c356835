"""Does nothing; to be copied. It proves nothing either, so a run with it alone is unknown."""

from dataclasses import dataclass
from typing import ClassVar

from harness.session import Session


@dataclass(slots=True)
class Noop:
    """Breaks nothing."""

    name: ClassVar[str] = "noop"
    node: str

    @property
    def target(self) -> str:
        """What it would break."""
        return self.node

    def inject(self, session: Session) -> None:
        """Break nothing."""

    def proof(self, session: Session) -> str | None:
        """Nothing was broken."""
        return None

    def heal(self, session: Session) -> None:
        """Nothing to undo."""
