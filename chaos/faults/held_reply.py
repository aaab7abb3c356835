"""A service does what it is asked and keeps its reply back: the moment between two steps, held."""

from dataclasses import dataclass
from typing import ClassVar, Final

from chaos.means.service_behaviour import Behaviour, release, treated
from chaos.means.service_fault import ServiceFault
from harness.session import Session

HELD_SECONDS_MAX: Final = 60.0


@dataclass(slots=True)
class HeldReply(ServiceFault):
    """The next reply is held back until the fault is healed; its effect is recorded already."""

    name: ClassVar[str] = "held-reply"

    @property
    def behaviour(self) -> Behaviour:
        """As its control port takes it."""
        return Behaviour("hold-reply", count=1, delay_seconds=HELD_SECONDS_MAX)

    def proof(self, session: Session) -> str | None:
        """The service itself counts the replies it holds."""
        held = treated(session, self.service).held
        return f"{self.service} did as it was asked and holds its reply back" if held else None

    def heal(self, session: Session) -> None:
        """Let it go, and answer again."""
        ServiceFault.heal(self, session)
        release(session, self.service)
