import socket
from collections.abc import Callable

import pytest

from harness import connections
from harness.node import Address


@pytest.fixture(params=["kernel", "psutil"])
def established(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., int]:
    """Both ways to count: where the kernel may not be asked, psutil is."""

    def refused(port: int) -> None:
        raise OSError("not here")

    if request.param == "psutil":
        monkeypatch.setattr(connections, "_ask", refused)
    return connections.established


def test_only_established_connections_of_that_address_count(
    established: Callable[..., int],
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = Address(*server.getsockname())
        assert established(address) == 0
        opened = [socket.create_connection(address) for _ in range(3)]
        taken = [server.accept()[0] for _ in opened]
        assert established(address) == 3
        assert established(Address("127.0.0.2", address.port)) == 0
        assert established(Address("127.0.0.2", address.port), any_address=True) == 3
        for each in (*opened, *taken):
            each.close()
        assert established(address) == 0
