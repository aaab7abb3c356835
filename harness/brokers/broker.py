"""What a broker is to Crucible: a node to run, a URL to give to nodes, and depths to ask for."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from harness.node import Address, NodeSpec
from harness.servers.find import Server

BROKER: Final = "broker"  # the node's name, whichever broker it is


class Depth(NamedTuple):
    """Messages of one queue: waiting, and handed to a worker that has not acknowledged them."""

    ready: int
    unacked: int


class BrokerSilentError(Exception):
    """The broker does not answer now."""


class Gauge(Protocol):
    """Asks a broker how deep its queues are, past every link. Several threads may ask at once."""

    def depths(self) -> Mapping[str, Depth]:
        """By queue, those of the target at least.

        Raises:
            BrokerSilentError: it is down, paused or still starting.
        """

    def redelivery_blocked_ms(self) -> int:
        """For how long nothing can be redelivered, whatever a dead worker held; 0: it can.

        Raises:
            BrokerSilentError: as above.
        """

    def close(self) -> None:
        """Ask no more."""


class Broker(Protocol):
    """One kind of broker."""

    name: str  # as target files say it; its server has the same name in the catalogue

    def url(self, address: Address) -> str:
        """Where it is, as Celery understands it."""

    def node(
        self, server: Server, address: Address, take_port: Callable[[], int], scratch: Path
    ) -> NodeSpec:
        """The node ``broker``, listening at ``address``; what it writes goes below ``scratch``."""

    def purge(self, address: Address, queues: Sequence[str]) -> None:
        """Drop what waits in these queues, and what is left of messages in nobody's hands.

        Raises:
            BrokerSilentError: it does not answer.
        """

    def gauge(self, spec: NodeSpec, queues: Sequence[str]) -> Gauge:
        """Asks the node of ``spec``, which need not run yet, for these queues."""
