"""Restarts a node in order, as a deployment does: SIGTERM, and SIGKILL if it takes too long."""

import signal
from dataclasses import dataclass
from typing import ClassVar

from chaos.means.life import Life
from chaos.means.node_fault import NodeFault
from harness.session import Session


@dataclass(slots=True)
class RestartNode(NodeFault):
    """Asks it to end, waits ``patience_seconds``, then kills its group; returns when it is back."""

    name: ClassVar[str] = "restart-node"
    patience_seconds: float = 10.0
    _life: Life | None = None

    def inject(self, session: Session) -> None:
        """Restart it."""
        node, life = session.stack.node(self.node), Life.watched(session, self.node)
        self._life = life
        node.kill(signal.SIGTERM, cause=self.name)
        if not session.recorder.wait_for(lambda: bool(life.exited), self.patience_seconds):
            node.kill(signal.SIGKILL, cause=self.name, group=True)
            session.recorder.wait_for(lambda: bool(life.exited), self.patience_seconds)
        life.wait_back()

    def proof(self, session: Session) -> str | None:
        """It ended, and another process is ready."""
        life = self._life
        if life is None or not (life.exited and life.started_again and life.is_back):
            return None
        old, new = life.exited.detail, life.started_again.detail
        return f"{self.node}: pid {old['pid']} ended ({old['code']}), pid {new['pid']} is ready"

    def heal(self, session: Session) -> None:
        """Nothing to undo, once it is back."""
        if self._life:
            self._life.wait_back()
