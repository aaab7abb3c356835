"""Kills a worker at a chosen moment of a task: before its body, within it, or just after it."""

import signal
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import ClassVar, Final, Literal, Self

from chaos.fault import Fault
from chaos.faults.kill_node import KillNode
from harness.errors import CrucibleError, Exit
from harness.event import NODE_READY, RECEIVED, RETRIED, STARTED, SUCCEEDED, TERMINAL, Event
from harness.session import Session

Moment = Literal["received", "started", "succeeded"]
STEPS: Final = TERMINAL | {RECEIVED, STARTED, RETRIED}  # what a worker tells of a task
AIM_SECONDS_MAX: Final = 20.0


@dataclass(slots=True)
class KillInTask(Fault):
    """Freezes the node when a task is at the moment, looks whether it still is, then kills.

    ``received``: in the worker's hands, not begun. ``started``: in its body. ``succeeded``: its
    body has returned, and its main process, frozen since before, cannot have told the broker.
    """

    name: ClassVar[str] = "kill-in-task"
    family: ClassVar[str] = "process"
    node: str
    moment: Moment
    tasks: tuple[str, ...] = ()  # only tasks of these names; none: any
    child_only: bool = False  # kill the pool process that runs it, not the worker
    _task: str = ""
    _pid: int = 0  # of the pool process that runs it
    _kill: KillNode | None = None

    @property
    def target(self) -> str:
        """The node it kills."""
        return self.node

    @classmethod
    def candidates(cls, session: Session) -> Iterable[Self]:
        """Every worker of the target, at each moment."""
        workers = [worker.name for worker in session.stack.settings.target.workers]
        moments: tuple[Moment, ...] = ("received", "started", "succeeded")
        return (cls(worker, moment) for worker in workers for moment in moments)

    def inject(self, session: Session) -> None:
        """Aim, freeze, look again, kill.

        Raises:
            CrucibleError: no task was at that moment, though it was tried often.
        """
        node = session.stack.node(self.node)
        aim = self._after_success if self.moment == "succeeded" else self._before_success
        if not session.recorder.wait_for(lambda: aim(session), AIM_SECONDS_MAX):
            node.resume()
            raise CrucibleError(
                f"No task of {self.node} was met just {self.moment}, "
                f"within {AIM_SECONDS_MAX:.0f} s.",
                hint="The fault needs tasks that keep arriving.",
                exit_code=Exit.UNKNOWN,
            )
        if self.child_only:
            node.kill_child(self._pid, signal.SIGKILL)
            node.resume()
        else:
            self._kill = KillNode(self.node, signal.SIGKILL, group=True)
            self._kill.inject(session)

    def proof(self, session: Session) -> str | None:
        """It was killed at that moment."""
        if self.child_only:
            gone = self._pid and self._pid not in session.stack.node(self.node).children()
            said = f"child {self._pid} of {self.node} is gone, killed in {self._task}"
            return said if gone else None
        killed = self._kill and self._kill.proof(session)
        return f"{killed}, with {self._task} just {self.moment}" if killed else None

    def heal(self, session: Session) -> None:
        """Wait until the supervisor has brought it back; or let it go, if it was never killed."""
        if self._kill:
            self._kill.heal(session)
        else:
            session.stack.node(self.node).resume()

    def _before_success(self, session: Session) -> bool:
        if not self._at(session, self.moment):
            return False
        node = session.stack.node(self.node)
        node.pause()
        if self._still(session, lambda: self._at(session, self.moment)):
            return True
        node.resume()
        return False

    def _after_success(self, session: Session) -> bool:
        if not self._at(session, STARTED):
            return False
        node = session.stack.node(self.node)
        # The main process alone: its children go on to finish, and it cannot acknowledge.
        node.kill(signal.SIGSTOP, cause=self.name)
        begun = {event.id for event in self._still(session, lambda: self._at(session, STARTED))}
        session.recorder.wait_for(
            lambda: not begun & {event.id for event in self._at(session, STARTED)}, AIM_SECONDS_MAX
        )
        done = [event for event in self._at(session, SUCCEEDED) if event.id in begun]
        if done:
            self._aimed_at(done[0])
            return True
        node.resume()  # none of them succeeded: they asked to run again, or failed
        return False

    def _still(self, session: Session, found: Callable[[], list[Event]]) -> list[Event]:
        session.recorder.gather()
        return found()

    def _at(self, session: Session, moment: str) -> list[Event]:
        """The tasks that are at the moment on this node: the last thing seen of each."""
        last = _last_of_each(session.recorder.events, self.node)
        found = [e for e in last.values() if e.type == moment and self._wanted(session, e)]
        if found:
            self._aimed_at(found[0])
        return found

    def _aimed_at(self, event: Event) -> None:
        self._task = f"{event.name}[{event.id}]"
        self._pid = int(event.detail.get("pid", 0))

    def _wanted(self, session: Session, event: Event) -> bool:
        ours = event.name not in session.tracker.background
        return ours and (not self.tasks or event.name in self.tasks)


def _last_of_each(events: list[Event], node: str) -> dict[str, Event]:
    """The last event of each task on that node since it became ready, in order of time."""
    last: dict[str, Event] = {}
    for event in reversed(events):
        if event.node != node:
            continue
        if event.type == NODE_READY:
            break
        if event.type in STEPS:
            last.setdefault(event.id, event)
    return dict(reversed(last.items()))
