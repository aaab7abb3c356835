"""A task that ignores its soft time limit, so that only the hard one ends it."""

from dataclasses import dataclass
from typing import ClassVar

from chaos.means.poison_task import PoisonTask
from harness.client.publisher import Enqueue
from harness.event import FAILED
from harness.session import Session


@dataclass(slots=True)
class PoisonDeaf(PoisonTask):
    """It has a soft limit and a hard one, and would run ten times as long."""

    name: ClassVar[str] = "poison-deaf"
    soft_seconds: int = 1
    hard_seconds: int = 2

    @property
    def order(self) -> Enqueue:
        """``crucible.poison.ignores_soft_limit``."""
        limits = {"soft_time_limit": self.soft_seconds, "time_limit": self.hard_seconds}
        longer = [self.hard_seconds * 10]
        return Enqueue("crucible.poison.ignores_soft_limit", longer, options=limits)

    def proof(self, session: Session) -> str | None:
        """The hard limit ended it."""
        failed = self.seen(session, FAILED)
        if not failed or "TimeLimitExceeded" not in failed.detail["exception"]:
            return None
        how = failed.detail["exception"]
        return f"{failed.node} ended {self._id}, deaf to its soft limit, by the hard one: {how}"
