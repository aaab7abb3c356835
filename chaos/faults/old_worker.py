"""A worker with old code beside one with new: in the midst of a deployment, or forgotten by it."""

import signal
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Final, Self

from chaos.fault import Fault
from chaos.means.twin import twin
from chaos.need import PROCESSES, Need, Needs
from harness.declared_task import DeclaredTask
from harness.event import UNKNOWN_TASK
from harness.session import Session

WARM_SECONDS_MAX: Final = 20.0
TASKS: Final = Need("[[tasks]] in the target file", lambda settings: bool(settings.target.tasks))


@dataclass(slots=True)
class OldWorker(Fault):
    """Reads the queues of ``worker`` too, and does not know the tasks in ``forgets``.

    What it takes of those it drops, as Celery does with tasks it does not know: what they should
    have done is not done, so that no system can keep ``effects-match``.
    """

    name: ClassVar[str] = "old-worker"
    family: ClassVar[str] = "people"
    breaks: ClassVar[frozenset[str]] = frozenset({"effects-match"})
    needs: ClassVar[Needs] = (PROCESSES, TASKS)
    worker: str
    forgets: tuple[str, ...]
    _since: int | None = None

    @property
    def target(self) -> str:
        """Whose queues it reads."""
        return self.worker

    @classmethod
    def candidates(cls, session: Session) -> Iterable[Self]:
        """For each worker, each task that is declared and leads to one of its queues."""
        target = session.stack.settings.target
        for worker in target.workers:
            names = sorted(task.name for task in target.tasks if _queue(task) in worker.queues)
            yield from (cls(worker.name, (name,)) for name in names)

    def inject(self, session: Session) -> None:
        """Start it."""
        self._since = len(session.recorder.events)
        arguments = {
            "--hostname": f"{self._name}@crucible",
            "--include": "crucible_probe,crucible_old_code",
        }
        forgets = {"CRUCIBLE_FORGETS": ",".join(self.forgets)}
        session.stack.add(twin(session, self.worker, self._name, arguments, forgets))

    def proof(self, session: Session) -> str | None:
        """It has said of such a task that it knows none."""
        events = session.recorder.events[self._since or 0 :]
        dropped = (
            e
            for e in events
            if e.type == UNKNOWN_TASK and e.node == self._name and e.name in self.forgets
        )
        event = next(dropped, None)
        return f"{self._name} dropped {event.name}[{event.id}], unknown to it" if event else None

    def heal(self, session: Session) -> None:
        """End it, warm: it finishes what it has begun and gives back what it has not."""
        node = session.stack.nodes.get(self._name)
        if node and node.pid is not None:
            node.kill(signal.SIGTERM, cause=self.name)
            session.recorder.wait_for(lambda: node.pid is None, WARM_SECONDS_MAX)
        session.stack.remove(self._name)

    @property
    def _name(self) -> str:
        return f"{self.worker}-old"


def _queue(task: DeclaredTask) -> str:
    return task.queue or "celery"
