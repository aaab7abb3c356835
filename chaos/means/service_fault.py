"""What faults have in common that tell a service of the outside world how to answer."""

from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Self

from chaos.fault import Fault
from chaos.means import candidates
from chaos.means.service_behaviour import Behaviour, behave, treated
from chaos.need import SERVICE, Needs
from harness.session import Session


@dataclass(slots=True)
class ServiceFault(Fault):
    """``service`` answers otherwise until it is healed."""

    family: ClassVar[str] = "outside"
    needs: ClassVar[Needs] = (SERVICE,)
    service: str

    @property
    def target(self) -> str:
        """The service."""
        return self.service

    @classmethod
    def candidates(cls, session: Session) -> Iterable[Self]:
        """Every service of the outside world."""
        return map(cls, candidates.services(session))

    @property
    @abstractmethod
    def behaviour(self) -> Behaviour:
        """How it shall answer."""

    def inject(self, session: Session) -> None:
        """Tell it."""
        behave(session, self.service, self.behaviour)

    @abstractmethod
    def proof(self, session: Session) -> str | None:
        """What the service itself says of it."""

    def heal(self, session: Session) -> None:
        """Answer well again."""
        behave(session, self.service, Behaviour("ok"))


@dataclass(slots=True)
class AnswerFault(ServiceFault):
    """It answers so to its next ``count`` requests; 0: to all until it is healed."""

    did: ClassVar[str]  # what it did to a request, as a proof says it
    count: int = 0

    def proof(self, session: Session) -> str | None:
        """The service itself counts the requests it has treated so."""
        affected = treated(session, self.service).affected
        if affected < max(self.count, 1):
            return None
        return f"{self.service} {self.did} {affected} requests"
