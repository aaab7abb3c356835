"""A link as seen from inside its client's container.

From outside it cannot be seen: whatever publishes a container's port accepts connections itself.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

from harness import exchange
from harness.errors import CrucibleError
from harness.exchange import SILENT, Exchange
from harness.node import Address
from harness.runtime.container_node import ContainerNode

ESTABLISHED: Final = "01"  # TCP_ESTABLISHED, include/net/tcp_states.h
REFUSED: Final = "refused"
ANY: Final = "0.0.0.0"
EXCHANGE: Final = Path(exchange.__file__).read_text(encoding="utf-8")
KNOCK: Final = """
import socket, sys
try:
    socket.create_connection((sys.argv[1], int(sys.argv[2])), 5).close()
except ConnectionRefusedError:
    print("refused")
"""


class ContainerView:
    """Asks the client's container itself."""

    def __init__(self, client: Callable[[], ContainerNode], proxy: str, python: str) -> None:
        self._client = client  # it is made later than its links
        self._proxy = proxy
        self._python = python

    def connections(self, listen: Address) -> int:
        """Its established connections to the link's port; none while it is not running."""
        try:
            table = self._client().execute(["cat", "/proc/net/tcp", "/proc/net/tcp6"])
        except CrucibleError:
            return 0
        return established(table, listen.port)

    def refuses(self, listen: Address) -> bool:
        """Connects from there, to see; nobody is refused while it is not running."""
        argv = [self._python, "-c", KNOCK, self._proxy, str(listen.port)]
        try:
            return self._client().execute(argv).strip() == REFUSED
        except CrucibleError:
            return False

    def exchange(self, address: Address, hello: bytes, seconds_max: float) -> Exchange:
        """Has one from there; silence while it is not running."""
        # Toxiproxy listens on every address of its container: others know it by its name.
        host = self._proxy if address.host == ANY else address.host
        argv = [self._python, "-c", EXCHANGE, host, str(address.port), hello.hex()]
        try:
            return Exchange(*json.loads(self._client().execute([*argv, str(seconds_max)])))
        except CrucibleError:
            return Exchange(SILENT)


def established(table: str, remote_port: int) -> int:
    """How many established connections to ``remote_port`` are in a ``/proc/net/tcp``."""
    rows = [fields for line in table.splitlines() if len(fields := line.split()) > 3]
    return sum(
        row[3] == ESTABLISHED and row[2].rpartition(":")[2] == f"{remote_port:04X}" for row in rows
    )
