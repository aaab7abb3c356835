"""The site of containers: paths inside them, service names, and published ports outside."""

import itertools
from collections import defaultdict
from collections.abc import Mapping
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Final

from harness.brokers.broker import BROKER
from harness.infrastructure import TOXIPROXY
from harness.node import Address
from harness.runtime.ports import HOST, Ports
from harness.site import Endpoint, Paths
from harness.target import Compose
from harness.wiring import DATABASE

MOUNTED: Final = PurePosixPath("/crucible")
EVERYWHERE: Final = "0.0.0.0"
# A container has a network of its own, so a port is free in it.
PORTS: Final = {DATABASE: 5432, TOXIPROXY: 8474}
BROKER_PORTS: Final = {"redis": 6379, "rabbitmq": 5672}
SERVING_PORT, CONTROL_PORT, FIRST_LINK_PORT = 8000, 8001, 21000


class ComposeSite:
    """Nodes reach each other by service name; Crucible reaches them by ports of 127.0.0.1."""

    environment: Mapping[str, str] = MappingProxyType({})

    def __init__(self, compose: Compose, broker: str, fixed_ports: Mapping[str, int]) -> None:
        self.paths = Paths(
            compose.python, compose.directory, *(MOUNTED / x for x in ("probe", "run", "scratch"))
        )
        #: node -> (port of 127.0.0.1, port inside)
        self.published: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self._compose = compose
        self._known_ports = {**PORTS, BROKER: BROKER_PORTS[broker]}
        self._fixed_ports = fixed_ports
        self._ports = Ports()
        self._links = itertools.count(FIRST_LINK_PORT)

    def endpoint(self, node: str, *, control: bool = False) -> Endpoint:
        """A server of a container, published on 127.0.0.1."""
        port = CONTROL_PORT if control else self._known_ports.get(node, SERVING_PORT)
        fixed = None if control else self._fixed_ports.get(node)
        outside = Address(HOST, fixed or self._ports.take())
        self.published[node].append((outside.port, port))
        inside = Address(self._compose.service(node), port)
        return Endpoint(Address(EVERYWHERE, port), inside, outside)

    def link(self, client: str, server: str) -> Endpoint:
        """A port of Toxiproxy's container; nobody needs it from outside."""
        port = next(self._links)
        inside = Address(self._compose.service(TOXIPROXY), port)
        return Endpoint(Address(EVERYWHERE, port), inside, inside)

    def close(self) -> None:
        """Give the ports back."""
        self._ports.close()
