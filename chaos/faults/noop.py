"""Does nothing; to be copied. It proves nothing either, so a run with it alone is unknown."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Self

from chaos.fault import Fault
from harness.session import Session


@dataclass(slots=True)
class Noop(Fault):
    """Breaks nothing."""

    name: ClassVar[str] = "noop"
    family: ClassVar[str] = "process"
    node: str

    @property
    def target(self) -> str:
        """What it would break."""
        return self.node

    @classmethod
    def candidates(cls, session: Session) -> Iterable[Self]:
        """None: it would be a fault that never took effect."""
        return ()

    def inject(self, session: Session) -> None:
        """Break nothing."""

    def proof(self, session: Session) -> str | None:
        """Nothing was broken."""
        return None

    def heal(self, session: Session) -> None:
        """Nothing to undo."""
