"""What faults have in common that break one link."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Self

from chaos.fault import Fault
from chaos.means import candidates
from harness.session import Session


@dataclass(slots=True)
class LinkFault(Fault):
    """It breaks ``link``."""

    family: ClassVar[str] = "network"
    elsewhere: ClassVar[bool] = True
    link: str

    @property
    def target(self) -> str:
        """The link, as its client sees it."""
        return self.link

    @classmethod
    def candidates(cls, session: Session) -> Iterable[Self]:
        """Every link that the target uses."""
        return map(cls, candidates.links(session))
