"""A service does what it is asked and keeps its reply back: the moment between two steps, held."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Self

from chaos.fault import Fault
from chaos.means import candidates
from chaos.means.service_behaviour import Behaviour, behave, release, treated
from harness.session import Session

HELD_SECONDS_MAX = 60.0


@dataclass(slots=True)
class HeldReply(Fault):
    """The next reply is held back until the fault is healed; its effect is recorded already."""

    name: ClassVar[str] = "held-reply"
    family: ClassVar[str] = "outside"
    service: str

    @property
    def target(self) -> str:
        """The service whose reply is held."""
        return self.service

    @classmethod
    def candidates(cls, session: Session) -> Iterable[Self]:
        """Every service of the outside world."""
        return map(cls, candidates.services(session))

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
