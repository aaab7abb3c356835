import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.runtime.ports import HOST, Ports
from harness.servers import postgres as cluster
from harness.servers.find import Server
from harness.servers.postgres_ping import postgres_answers

OK = b"R\x00\x00\x00\x08\x00\x00\x00\x00"
READY = b"Z\x00\x00\x00\x05I"
STARTING = b"E\x00\x00\x00\x0eC57P03\x00\x00\x00\x00"


@contextmanager
def listener(answer: bytes) -> Iterator[int]:
    """A server that reads a little, answers once and hangs up."""
    with socket.create_server((HOST, 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1024)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join(10)


@pytest.mark.parametrize(
    ("answer", "ready"),
    [
        (OK + READY, True),
        (OK, False),
        (STARTING, False),
        (b"", False),
        (b"R\x00\x00", False),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", False),
    ],
    ids=["ready", "not yet", "starting", "hangs up", "torn", "something else"],
)
def test_only_ready_for_query_counts(answer: bytes, ready: bool) -> None:
    # Given a server that answers so, When it is asked, Then only "ready" counts
    with listener(answer) as port:
        assert postgres_answers(HOST, port) is ready


def test_nobody_listening_is_no_answer() -> None:
    # Given a port nobody listens on, When asked, Then it is no
    ports = Ports()
    assert not postgres_answers(HOST, ports.take())
    ports.close()


def test_a_silent_server_is_not_waited_for() -> None:
    # Given a server that accepts and says nothing
    with socket.create_server((HOST, 0)) as server:
        # When asked, Then it is no, after the time given
        assert not postgres_answers(HOST, server.getsockname()[1], timeout_s=0.1)


def test_a_real_server_answers_for_the_database_it_has(
    postgres: Server, scratch: Path, port_of: Callable[[str], int]
) -> None:
    # Given a real server
    data = scratch / "data"
    data.mkdir()
    cluster.initialise(postgres, data)
    with cluster.running(postgres, data, scratch / "log") as url:
        port = port_of(url)
        # When asked for its database, another one, and by a stranger, Then only the first is yes
        assert postgres_answers(HOST, port)
        assert not postgres_answers(HOST, port, database="other")
        assert not postgres_answers(HOST, port, user="stranger")


@pytest.fixture
def port_of() -> Callable[[str], int]:
    return lambda url: int(url.rpartition(":")[2].partition("/")[0])
