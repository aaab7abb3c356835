"""Kills a node's main process; its supervisor brings it back."""

import signal
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Final, Self

from chaos.means import candidates
from chaos.means.life import Life
from chaos.means.node_fault import NodeFault
from harness.session import Session

#: To a worker: at once; warm, its tasks end first; cold, they do not; as Ctrl-C, warm.
SIGNALS: Final = (signal.SIGKILL, signal.SIGTERM, signal.SIGQUIT, signal.SIGINT)


@dataclass(slots=True)
class KillNode(NodeFault):
    """Sends ``signal`` to the main process, or to its whole group at once."""

    name: ClassVar[str] = "kill-node"
    elsewhere: ClassVar[bool] = True  # by the target file's own command
    signal: int = signal.SIGKILL
    group: bool = False
    _life: Life | None = None

    @classmethod
    def candidates(cls, session: Session) -> Iterable[Self]:
        """Every node of the target, by each way to be killed at once."""
        return (
            cls(node, group=group)
            for node in candidates.supervised(session)
            for group in ((False,) if session.stack.foreign else (False, True))
        )

    def inject(self, session: Session) -> None:
        """Kill it."""
        self._life = Life.watched(session, self.node)
        session.stack.node(self.node).kill(self.signal, cause=self.name, group=self.group)

    def proof(self, session: Session) -> str | None:
        """Its supervisor saw the process end."""
        if self._life and (exited := self._life.exited):
            code = exited.detail["code"]
            how = "nobody saw how" if code is None else code  # elsewhere it is nobody's child
            return f"{self.node} (pid {exited.detail['pid']}) ended: {how}"
        return None

    def heal(self, session: Session) -> None:
        """Wait until the supervisor has brought it back and it is ready.

        Raises:
            CrucibleError: it did not come back.
        """
        if self._life:
            self._life.wait_back()
