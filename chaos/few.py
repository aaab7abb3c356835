"""A few faults with what they could aim at, until the catalogue offers all of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from chaos.faults.kill_node import KillNode
from chaos.faults.link_down import LinkDown
from harness.session import Session


class AnyLinkDown(LinkDown):
    """Offers every link."""

    __slots__ = ()

    @classmethod
    def candidates(cls, session: Session) -> Iterable[LinkDown]:
        """Every link."""
        return map(LinkDown, session.stack.links)


class AnyKillNode(KillNode):
    """Offers every node that is brought back."""

    __slots__ = ()

    @classmethod
    def candidates(cls, session: Session) -> Iterable[KillNode]:
        """Every supervised node."""
        nodes = session.stack.nodes.items()
        return (KillNode(name) for name, node in nodes if node.spec.restart_delay is not None)


@dataclass(slots=True)
class Pause:
    """The node's processes are stopped until they are healed."""

    name: ClassVar[str] = "pause"
    node: str

    @property
    def target(self) -> str:
        """The node it stops."""
        return self.node

    @classmethod
    def candidates(cls, session: Session) -> "Iterable[Pause]":
        """Every worker."""
        return (cls(worker.name) for worker in session.stack.settings.target.workers)

    def inject(self, session: Session) -> None:
        """Stop it."""
        session.stack.node(self.node).pause()

    def proof(self, session: Session) -> str | None:
        """``pause`` returns only when it has stopped."""
        return f"{self.node} is stopped"

    def heal(self, session: Session) -> None:
        """Let it run."""
        session.stack.node(self.node).resume()


def faults() -> Mapping[str, type]:
    """The classes by name."""
    return {"link-down": AnyLinkDown, "kill-node": AnyKillNode, "pause": Pause}
