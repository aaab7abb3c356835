"""Stops a node from running, as a machine that swaps or a container that is frozen does."""

from dataclasses import dataclass
from typing import ClassVar

from chaos.means.node_fault import NodeFault
from harness.session import Session


@dataclass(slots=True)
class PauseNode(NodeFault):
    """None of its processes runs until it is healed (SIGSTOP); its connections stay open."""

    name: ClassVar[str] = "pause-node"

    def inject(self, session: Session) -> None:
        """Stop it."""
        session.stack.node(self.node).pause()

    def proof(self, session: Session) -> str | None:
        """What runs the processes says that all of them are stopped."""
        node = session.stack.node(self.node)
        if not node.paused:
            return None
        return f"{self.node} (pid {node.pid}) and its {len(node.children())} children are stopped"

    def heal(self, session: Session) -> None:
        """Let it run."""
        session.stack.node(self.node).resume()
