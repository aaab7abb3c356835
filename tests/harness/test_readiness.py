import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from harness import readiness
from harness.node import Address


@pytest.fixture
def server() -> Iterator[Callable[[bytes], Address]]:
    """A server that sends this to whoever connects, and closes."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve(answer: bytes) -> Address:
            def answer_one() -> None:
                connection, _ = listening.accept()
                with connection:
                    connection.recv(1024)
                    connection.sendall(answer)

            threading.Thread(target=answer_one, daemon=True).start()
            return Address(*listening.getsockname())

        yield serve


@pytest.mark.parametrize(
    ("answer", "is_ready"),
    [(b"+PONG\r\n", True), (b"-LOADING Redis is loading the dataset\r\n", False), (b"", False)],
)
def test_redis(answer: bytes, is_ready: bool, server: Callable[[bytes], Address]) -> None:
    assert readiness.redis(server(answer)) is is_ready


@pytest.mark.parametrize(
    ("status", "is_ready"), [("200 OK", True), ("302 Found", True), ("503 No", False)]
)
def test_http(status: str, is_ready: bool, server: Callable[[bytes], Address]) -> None:
    address = server(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())
    assert readiness.http(f"http://{address}/") is is_ready


def test_nobody_there_is_not_ready() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        address = Address(*listening.getsockname())
        assert readiness.tcp(address)
    assert not readiness.tcp(address)
    assert not readiness.redis(address)
    assert not readiness.http(f"http://{address}/")
