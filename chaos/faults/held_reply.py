"""A service does what it is asked and keeps its reply back: the moment between two steps, held."""

from dataclasses import dataclass
from typing import ClassVar

from chaos.service_behaviour import Behaviour, behave, release, treated
from harness.session import Session

HELD_SECONDS_MAX = 60.0


@dataclass(slots=True)
class HeldReply:
    """The next reply is held back until the fault is healed; its effect is recorded already."""

    name: ClassVar[str] = "held-reply"
    service: str

    @property
    def target(self) -> str:
        """The service whose reply is held."""
        return self.service

    def inject(self, session: Session) -> None:
        """Hold the next reply."""
        wish = Behaviour("hold-reply", count=1, delay_seconds=HELD_SECONDS_MAX)
        behave(session, self.service, wish)

    def proof(self, session: Session) -> str | None:
        """The service itself counts the replies it holds."""
        held = treated(session, self.service).held
        return f"{self.service} did as it was asked and holds its reply back" if held else None

    def heal(self, session: Session) -> None:
        """Let it go, and answer again."""
        behave(session, self.service, Behaviour("ok"))
        release(session, self.service)
