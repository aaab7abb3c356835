"""What makes a stack's nodes: processes of this machine (local), containers (compose), or nobody,
since they run already (external).

A stack knows a runtime by this protocol and does not care which it is.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from harness.node import Done, Node, NodeSpec
from harness.servers.cache import Progress
from harness.site import Site

if TYPE_CHECKING:
    from harness.link import LinkView, Toxiproxy
    from harness.plan import Planner
    from harness.wiring import Wiring

LOCAL: Final = "local"
COMPOSE: Final = "compose"
EXTERNAL: Final = "external"
RUNTIMES: Final = (LOCAL, COMPOSE, EXTERNAL)


class Runtime(Protocol):
    """Makes the nodes of one stack, and leaves nothing behind."""

    @property
    def site(self) -> Site:
        """Where its nodes live."""

    def toxiproxy(self) -> "Toxiproxy":
        """The API of the Toxiproxy that all links are proxies of."""

    def planner(self, wiring: "Wiring", run_dir: Path) -> "Planner":
        """What plans the target's own nodes."""

    def infrastructure(self, wiring: "Wiring", proxy: "Toxiproxy") -> Iterator[NodeSpec]:
        """Toxiproxy, broker and database."""

    def node(self, spec: NodeSpec) -> Node:
        """A node, not yet started."""

    def create(self, progress: Progress) -> None:
        """Whatever must be there before the first node starts; all nodes are known by now."""

    def view(self, client: str) -> "LinkView":
        """How a link looks from the side of its client."""

    def run(self, argv: Sequence[str], environment: Mapping[str, str], seconds_max: float) -> Done:
        """Run a command of the target's, where the target is.

        Raises:
            TimeoutError: it took longer.
            OSError, CrucibleError: it cannot be started.
        """

    def versions(self) -> dict[str, str]:
        """Versions of what the nodes run on, by name."""

    def close(self) -> None:
        """End every node and remove what is not evidence.

        Raises:
            CrucibleError: it had ended before, so that the run is worth nothing.
        """
