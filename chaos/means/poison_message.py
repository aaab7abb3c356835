"""What faults have in common that put a message into a queue which is no proper task."""

import uuid
from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Final

from chaos.means import candidates
from chaos.means.broker_message import take_out
from chaos.means.queue_fault import QueueFault
from harness.brokers.broker import BROKER
from harness.errors import CrucibleError, Exit
from harness.event import PURGED
from harness.session import Session

TOLD_SECONDS_MAX: Final = 30.0  # a worker that died may have to come back first


@dataclass(slots=True)
class PoisonMessage(QueueFault):
    """One message in ``queue``, marked so that a worker's log can be seen to speak of it."""

    family: ClassVar[str] = "poison"
    uses: ClassVar[frozenset[str]] = frozenset({BROKER})
    logged: ClassVar[str]  # what Celery logs when it meets such a message
    _mark: str = ""
    _since: tuple[tuple[str, int], ...] = ()  # where the workers' logs ended

    def inject(self, session: Session) -> None:
        """Put it there, past every link."""
        nodes = [session.stack.node(worker) for worker in candidates.workers(session)]
        since, mark = tuple((node.name, node.mark()) for node in nodes), str(uuid.uuid4())
        self.put(session, mark)
        self._since, self._mark = since, mark

    @abstractmethod
    def put(self, session: Session, mark: str) -> None:
        """Put the message with ``mark`` in it."""

    def proof(self, session: Session) -> str | None:
        """A worker has logged that it met this very message."""
        for worker, since in self._since:
            log = session.stack.node(worker).logs(since)
            if self.logged in log and self._mark in log:
                return f"{worker} logged {self.logged!r} of the message {self._mark}"
        return None

    def heal(self, session: Session) -> None:
        """Wait for a worker's word that it is done with it; where none takes it, take it out.

        It would otherwise still be there after the fault, and bite then.

        Raises:
            CrucibleError: it is not in the queue, and no worker says what became of it.
        """
        if not self._mark:
            return
        told = session.recorder.wait_for(lambda: bool(self.proof(session)), TOLD_SECONDS_MAX)
        if not told:
            self._take_out(session)
        self._since, self._mark = (), ""

    def _take_out(self, session: Session) -> None:
        if not take_out(session, self.queue, self._mark):
            raise CrucibleError(
                f"Nobody knows what became of the message {self._mark}.",
                hint="A worker may hold it: see their logs.",
                exit_code=Exit.UNKNOWN,
            )
        session.recorder.record(PURGED, self._mark, self.name, {"queue": self.queue})
