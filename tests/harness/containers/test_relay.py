import socket
from collections.abc import Iterator

import pytest

from harness.containers.relay import Relay

HOST = "127.0.0.1"


@pytest.fixture
def relay() -> Iterator[Relay]:
    relay = Relay()
    yield relay
    relay.close()


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with socket.create_server((HOST, 0)) as server:
        server.settimeout(5)
        yield server


def connect(port: int) -> socket.socket:
    return socket.create_connection((HOST, port), 5)


def is_cut(connection: socket.socket) -> bool:
    connection.settimeout(5)
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True


def test_it_carries_both_ways_and_tells_ends(relay: Relay, server: socket.socket) -> None:
    # Given a published port
    published = relay.publish(HOST, server.getsockname()[1])

    # When a client talks and says that it has ended
    with connect(published.port) as client, server.accept()[0] as behind:
        data = b"x" * 300_000
        client.sendall(data)
        client.shutdown(socket.SHUT_WR)
        received = b"".join(iter(lambda: behind.recv(65536), b""))
        behind.sendall(b"answer")

        # Then all has arrived, and the answer still does
        assert received == data
        assert client.recv(16) == b"answer"


def test_a_connection_nobody_serves_is_cut(relay: Relay, server: socket.socket) -> None:
    port = server.getsockname()[1]
    server.close()
    with connect(relay.publish(HOST, port).port) as client:
        assert is_cut(client)


def test_withdrawing_cuts_connections_and_frees_the_port(
    relay: Relay, server: socket.socket
) -> None:
    # Given a connection through a published port
    published = relay.publish(HOST, server.getsockname()[1])
    with connect(published.port) as client, server.accept()[0] as behind:
        client.sendall(b"x")
        assert behind.recv(1) == b"x"

        # When the port is withdrawn
        relay.withdraw(published)

        # Then both ends notice, nobody listens, and the same port can be published again
        assert is_cut(client)
        assert is_cut(behind)
    with pytest.raises(ConnectionRefusedError):
        connect(published.port)
    assert relay.publish(HOST, 1, published.port).port == published.port
