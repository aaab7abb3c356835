"""What faults have in common that break one node."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Self

from chaos.fault import Fault
from chaos.means import candidates
from harness.session import Session


@dataclass(slots=True)
class NodeFault(Fault):
    """It breaks ``node``."""

    family: ClassVar[str] = "process"
    node: str

    @property
    def target(self) -> str:
        """The node it breaks."""
        return self.node

    @classmethod
    def candidates(cls, session: Session) -> Iterable[Self]:
        """Every node of the target that comes back when it ends."""
        return map(cls, candidates.supervised(session))


@dataclass(slots=True)
class WorkerFault(NodeFault):
    """It breaks ``node``, and makes sense on a worker alone."""

    @classmethod
    def candidates(cls, session: Session) -> Iterable[Self]:
        """Every worker."""
        return map(cls, candidates.workers(session))
