"""A task with an enormous argument."""

from dataclasses import dataclass
from typing import ClassVar

from chaos.means.poison_task import PoisonTask
from harness.client.publisher import Enqueue
from harness.event import SUCCEEDED
from harness.session import Session

MB = 1_000_000


@dataclass(slots=True)
class PoisonPayload(PoisonTask):
    """Its message holds ``megabytes`` and has to go through the broker and every link."""

    name: ClassVar[str] = "poison-payload"
    megabytes: int = 10

    @property
    def order(self) -> Enqueue:
        """``crucible.poison.swallows``."""
        return Enqueue("crucible.poison.swallows", ["x" * (self.megabytes * MB)])

    def proof(self, session: Session) -> str | None:
        """A worker took it and ended well."""
        taken = self.seen(session, SUCCEEDED)
        return f"{taken.node} took {self.megabytes} MB as task {self._id}" if taken else None
