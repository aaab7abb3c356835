"""What faults have in common that put something into one queue, or take it out."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from chaos.fault import Fault
from chaos.means import candidates
from harness.session import Session


@dataclass(slots=True)
class QueueFault(Fault):
    """It breaks ``queue``."""

    queue: str = "celery"

    @property
    def target(self) -> str:
        """The queue."""
        return self.queue

    @classmethod
    def candidates(cls, session: Session) -> Iterable[Self]:
        """Every queue that a worker reads."""
        return map(cls, candidates.queues(session))
