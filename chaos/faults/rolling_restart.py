"""Restarts all workers in order, one after the other, as a deployment does."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Self

from chaos.fault import Fault
from chaos.faults.restart_node import RestartNode
from chaos.means import candidates
from harness.session import Session


@dataclass(slots=True)
class RollingRestart(Fault):
    """Each worker is back before the next is asked to end."""

    name: ClassVar[str] = "rolling-restart"
    family: ClassVar[str] = "process"
    patience_seconds: float = 10.0  # for each, before it is killed
    _restarts: tuple[RestartNode, ...] = ()

    @property
    def target(self) -> str:
        """Whom it restarts."""
        return "all workers"

    @classmethod
    def candidates(cls, session: Session) -> Iterable[Self]:
        """One."""
        return (cls(),)

    def inject(self, session: Session) -> None:
        """Restart them all; returns when the last is back."""
        for worker in candidates.workers(session):
            restart = RestartNode(worker, self.patience_seconds)
            self._restarts = (*self._restarts, restart)
            restart.inject(session)

    def proof(self, session: Session) -> str | None:
        """Each has ended and is back as another process."""
        proofs = [restart.proof(session) for restart in self._restarts]
        done = len(proofs) == len(list(candidates.workers(session)))
        return "; ".join(map(str, proofs)) if done and all(proofs) else None

    def heal(self, session: Session) -> None:
        """Wait for the one that was not back yet."""
        for restart in self._restarts:
            restart.heal(session)
