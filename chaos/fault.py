"""What a fault is: one way to break one thing, and to undo it."""

from typing import ClassVar, Protocol

from harness.session import Session


class Fault(Protocol):
    """Inject, prove, heal. Its fields say where it aims; they are stored in the history."""

    name: ClassVar[str]

    @property
    def target(self) -> str:
        """The node or link it breaks."""

    def inject(self, session: Session) -> None:
        """Break it."""

    def proof(self, session: Session) -> str | None:
        """A sentence that shows it took effect, or None while it has not (yet)."""

    def heal(self, session: Session) -> None:
        """Undo it, and return when it is undone. Healing what is healed already is harmless."""
