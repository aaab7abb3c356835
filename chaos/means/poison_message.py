"""What faults have in common that put a message into a queue which is no proper task."""

import uuid
from abc import abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Self

from chaos.fault import Fault
from chaos.means import candidates
from harness.session import Session


@dataclass(slots=True)
class PoisonMessage(Fault):
    """One message in ``queue``, marked so that a worker's log can be seen to speak of it."""

    family: ClassVar[str] = "poison"
    logged: ClassVar[str]  # what Celery logs when it meets such a message
    queue: str = "celery"
    _mark: str = ""
    _since: tuple[tuple[str, int], ...] = ()  # where the workers' logs ended

    @property
    def target(self) -> str:
        """The queue."""
        return self.queue

    @classmethod
    def candidates(cls, session: Session) -> Iterable[Self]:
        """The queues of all workers."""
        return map(cls, candidates.queues(session))

    def inject(self, session: Session) -> None:
        """Put it there, past every link."""
        nodes = [session.stack.node(worker) for worker in candidates.workers(session)]
        self._since = tuple((node.name, node.mark()) for node in nodes)
        self._mark = str(uuid.uuid4())
        self.put(session, self._mark)

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
        """Nothing to undo: the message is consumed."""
