"""Kills a node's main process; its supervisor brings it back."""

import signal
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Self

from chaos import candidates
from chaos.fault import Fault
from harness.errors import CrucibleError, Exit
from harness.event import NODE_EXITED, NODE_READY, Event
from harness.session import Session

BACK_SECONDS_MAX = 60.0


@dataclass(slots=True)
class KillNode(Fault):
    """Sends ``signal`` to the main process, or to its whole group at once."""

    name: ClassVar[str] = "kill-node"
    family: ClassVar[str] = "process"
    node: str
    signal: int = signal.SIGKILL
    group: bool = False
    _since: int = 0  # index of the first event after the kill

    @property
    def target(self) -> str:
        """The node it kills."""
        return self.node

    @classmethod
    def candidates(cls, session: Session) -> Iterable[Self]:
        """Every node of the target, by each way to be killed at once."""
        return (
            cls(node, group=group)
            for node in candidates.supervised(session)
            for group in (False, True)
        )

    def inject(self, session: Session) -> None:
        """Kill it."""
        self._since = len(session.recorder.events)
        session.stack.node(self.node).kill(self.signal, cause=self.name, group=self.group)

    def proof(self, session: Session) -> str | None:
        """The keeper saw the process end."""
        if exited := self._first(session, NODE_EXITED):
            return f"{self.node} (pid {exited.detail['pid']}) ended: {exited.detail['code']}"
        return None

    def heal(self, session: Session) -> None:
        """Wait until the supervisor has brought it back and it is ready.

        Raises:
            CrucibleError: it did not come back.
        """
        if self._first(session, NODE_EXITED) is None:
            return  # it never died: nothing to undo
        back = session.recorder.wait_for(
            lambda: self._first(session, NODE_READY) is not None, BACK_SECONDS_MAX
        )
        if not back:
            raise CrucibleError(
                f"{self.node} did not come back within {BACK_SECONDS_MAX:.0f} s of its kill.",
                hint=f"Its log: {session.stack.node(self.node).log}",
                exit_code=Exit.UNKNOWN,
            )

    def _first(self, session: Session, type_: str) -> Event | None:
        events = session.recorder.events[self._since :]
        return next((e for e in events if e.type == type_ and e.id == self.node), None)
