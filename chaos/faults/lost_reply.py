"""A service does what it is asked, and its reply never arrives."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Self

from chaos.fault import Fault
from chaos.means import candidates
from chaos.means.service_behaviour import Behaviour, behave, treated
from harness.session import Session


@dataclass(slots=True)
class LostReply(Fault):
    """For ``count`` requests: the effect is recorded, the connection closed without an answer."""

    name: ClassVar[str] = "lost-reply"
    family: ClassVar[str] = "outside"
    service: str
    count: int = 1

    @property
    def target(self) -> str:
        """The service whose replies are lost."""
        return self.service

    @classmethod
    def candidates(cls, session: Session) -> Iterable[Self]:
        """Every service of the outside world."""
        return map(cls, candidates.services(session))

    def inject(self, session: Session) -> None:
        """Lose the next replies."""
        behave(session, self.service, Behaviour("lose-reply", count=self.count))

    def proof(self, session: Session) -> str | None:
        """The service itself counts the replies it has withheld."""
        lost = treated(session, self.service).affected
        if lost < self.count:
            return None
        return f"{self.service} did as it was asked and withheld {lost} of its replies"

    def heal(self, session: Session) -> None:
        """Answer again."""
        behave(session, self.service, Behaviour("ok"))
