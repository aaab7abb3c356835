import json
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from harness import exchange as module
from harness.exchange import Exchange, exchange

Serve = Callable[[socket.socket], None]


@pytest.fixture
def serving() -> Iterator[Callable[[Serve], int]]:
    """A server that treats its one client as it is told; gives its port."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serving(serve: Serve) -> int:
        def run() -> None:
            client, _ = listening.accept()
            with closing(client):
                serve(client)

        threading.Thread(target=run, daemon=True).start()
        return int(listening.getsockname()[1])

    with closing(listening):
        yield serving


def test_an_answer_and_the_end_are_told(serving: Callable[[Serve], int]) -> None:
    port = serving(lambda client: client.sendall(client.recv(10).upper()))
    seen = exchange("127.0.0.1", port, b"hello", 5)
    assert (seen.ended, seen.received, seen.pieces) == ("closed", 5, 1)
    assert 0 < seen.first == seen.last <= seen.seconds


def test_silence_is_told(serving: Callable[[Serve], int]) -> None:
    port = serving(lambda client: (client.recv(10) and client.recv(10)) or None)
    seen = exchange("127.0.0.1", port, b"hello", 0.1)
    assert (seen.ended, seen.received) == ("silent", 0)
    assert seen.seconds >= 0.1


def test_a_reset_is_told(serving: Callable[[Serve], int]) -> None:
    # A close with unread bytes is a reset.
    port = serving(lambda client: client.recv(1) and None)
    assert exchange("127.0.0.1", port, b"hello", 5).ended == "reset"


def test_nobody_there_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert exchange("127.0.0.1", port, b"hello", 5) == Exchange("refused")


def test_it_is_a_program_too(serving: Callable[[Serve], int]) -> None:
    # Given its source alone, as a container gets it
    port = serving(lambda client: client.sendall(client.recv(10)))
    source = Path(module.__file__).read_text()
    argv = [sys.executable, "-I", "-S", "-c", source, "127.0.0.1", str(port), b"hi".hex(), "5"]

    # When it is run, then it prints the exchange
    printed = subprocess.run(argv, capture_output=True, text=True, check=True).stdout
    assert Exchange(*json.loads(printed)).received == 2
