"""Who goes through a proxy is seen on this machine alone."""

import socket

from harness.node import Address
from harness.runtime.external.view import ExternalView


def test_connections_are_seen_by_address_and_by_name() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            assert ExternalView(()).connections(Address("localhost", port)) == 1
            # A proxy that listens on every address is used by any of them
            assert ExternalView(()).connections(Address("127.0.0.2", port)) == 0
            assert ExternalView({port}).connections(Address("127.0.0.2", port)) == 1


def test_elsewhere_nobody_is_seen() -> None:
    assert ExternalView(()).connections(Address("proxy.example", 1)) == 0
    assert ExternalView(()).connections(Address("::1", 1)) == 0
