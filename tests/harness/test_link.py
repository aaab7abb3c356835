"""Links on a real Toxiproxy, with an echo server behind it."""

import http.server
import socket
import socketserver
import subprocess
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from harness.errors import CrucibleError, Exit
from harness.link import Link, Toxic, Toxiproxy
from harness.node import Address
from harness.runtime.ports import HOST, Ports
from harness.servers.install import ensure

LATENCY = Toxic("latency", {"latency": 300})


class Echo(socketserver.BaseRequestHandler):
    """Sends back what it gets."""

    def handle(self) -> None:
        while data := self.request.recv(1024):
            self.request.sendall(data)


class Servers(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False


@pytest.fixture(scope="module")
def echo() -> Iterator[Address]:
    with Servers((HOST, 0), Echo) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield Address(HOST, server.server_address[1])
        server.shutdown()


@pytest.fixture(scope="module")
def proxy(eventually: Callable[..., None]) -> Iterator[Toxiproxy]:
    path = ensure(["toxiproxy"])["toxiproxy"].path
    ports = Ports()
    proxy = Toxiproxy(Address(HOST, ports.take()))
    process = subprocess.Popen(
        [path, f"-host={proxy.api.host}", f"-port={proxy.api.port}"], stdout=subprocess.DEVNULL
    )
    try:
        eventually(proxy.answers)
        yield proxy
    finally:
        process.kill()
        process.wait()
        proxy.close()
        ports.close()


@pytest.fixture
def link(proxy: Toxiproxy, echo: Address) -> Iterator[Link]:
    ports = Ports()
    link = Link("worker", "broker", listen=Address(HOST, ports.take()), upstream=echo, proxy=proxy)
    proxy.populate([link])
    yield link
    proxy.ask("DELETE", f"/proxies/{link.name}")
    ports.close()


@pytest.fixture
def connection(link: Link) -> Iterator[socket.socket]:
    """A connection through the link, in use."""
    with socket.create_connection(link.listen, timeout=5) as connection:
        assert echoed(connection) == b"hello"
        yield connection


def echoed(connection: socket.socket) -> bytes:
    connection.sendall(b"hello")
    return connection.recv(1024)


def is_closed(connection: socket.socket) -> bool:
    try:
        return connection.recv(1024) == b""
    except ConnectionError:
        return True


def test_a_link_carries_bytes_and_counts_its_connections(
    link: Link, connection: socket.socket, eventually: Callable[..., None]
) -> None:
    assert link.enabled
    assert link.connections() == 1
    assert not link.refuses()
    connection.close()
    eventually(lambda: link.connections() == 0)


def test_a_cut_closes_connections_and_refuses_new_ones(
    link: Link, connection: socket.socket
) -> None:
    # When the link is cut
    link.cut()

    # Then the open connection ends and a new one is refused
    assert is_closed(connection)
    assert link.refuses()
    assert not link.enabled

    # And when it is restored, connections are taken again
    link.restore()
    with socket.create_connection(link.listen, timeout=5) as again:
        assert echoed(again) == b"hello"


def test_a_toxic_works_while_it_is_there(link: Link, connection: socket.socket) -> None:
    # Given answers that are delayed by 300 ms
    link.add(LATENCY)
    assert link.toxics() == {"latency_downstream"}
    asked = time.monotonic()
    echoed(connection)
    assert time.monotonic() - asked >= 0.3

    # When the toxic is removed, then it is gone
    link.remove(LATENCY)
    assert link.toxics() == set()


def test_a_toxic_can_be_changed_while_it_works(link: Link, connection: socket.socket) -> None:
    # Given a delay that is changed, on a connection that is open
    link.add(LATENCY)
    link.change(Toxic("latency", {"latency": 600}))
    asked = time.monotonic()
    echoed(connection)
    assert time.monotonic() - asked >= 0.6

    # When it is cleared away, twice, then it is gone, and nothing can be changed
    for _ in range(2):
        link.clear(LATENCY)
        assert link.toxics() == set()
    with pytest.raises(CrucibleError, match="404"):
        link.change(LATENCY)


def test_an_exchange_goes_through_it_or_past_it(link: Link) -> None:
    link.add(LATENCY)
    assert link.exchange(b"hello", 0.1).received == 0
    assert link.exchange(b"hello", 0.1, direct=True).received == 5


def test_healing_undoes_everything_and_may_be_done_twice(link: Link) -> None:
    # Given a link with two toxics that is cut as well
    link.add(LATENCY)
    link.add(Toxic("bandwidth", {"rate": 1}, "upstream"))
    link.cut()

    # When it is healed, twice
    for _ in range(2):
        link.heal()

        # Then it is as new
        assert link.toxics() == set()
        assert link.enabled


def test_a_toxic_that_does_not_exist_is_an_error(link: Link) -> None:
    with pytest.raises(CrucibleError, match="400"):
        link.add(Toxic("no-such-toxic", {}))
    with pytest.raises(CrucibleError, match="404"):
        link.remove(LATENCY)
    assert link.toxics() == set()


def test_a_link_that_cannot_listen_is_an_error(proxy: Toxiproxy, echo: Address) -> None:
    with socket.create_server((HOST, 0)) as taken:
        listen = Address(HOST, taken.getsockname()[1])
        link = Link("worker", "elsewhere", listen=listen, upstream=echo, proxy=proxy)
        with pytest.raises(CrucibleError, match="Toxiproxy"):
            proxy.populate([link])


class Broken(http.server.BaseHTTPRequestHandler):
    """An API that does nothing and answers every request the same way."""

    status, body = 200, b"{}"

    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    do_GET = do_POST = do_DELETE = answer  # noqa: N815  named by the base class

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def broken() -> Iterator[Callable[[int, bytes], Link]]:
    """A link whose Toxiproxy answers as it is told."""
    with http.server.ThreadingHTTPServer((HOST, 0), Broken) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        address = Address(HOST, server.server_port)
        proxy = Toxiproxy(address)

        def answering(status: int, body: bytes) -> Link:
            Broken.status, Broken.body = status, body
            return Link("worker", "broker", listen=address, upstream=address, proxy=proxy)

        yield answering
        server.shutdown()
        proxy.close()


CHANGES: dict[str, Callable[[Link], None]] = {
    "cut": Link.cut,
    "restore": Link.restore,
    "heal": Link.heal,
    "add": lambda link: link.add(LATENCY),
    "remove": lambda link: link.remove(LATENCY),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_an_api_that_fails_is_an_error_for_every_change(
    change: Callable[[Link], None], broken: Callable[[int, bytes], Link]
) -> None:
    with pytest.raises(CrucibleError, match="500 out of memory") as error:
        change(broken(500, b"out of memory"))
    assert error.value.exit_code is Exit.ABORTED


# An API that says yes and does nothing: enabled stays as it is, the toxics do.
IDLE: list[tuple[str, bytes]] = [
    ("cut", b'{"enabled": true, "toxics": []}'),
    ("restore", b'{"enabled": false, "toxics": []}'),
    ("add", b'{"enabled": true, "toxics": []}'),
    ("remove", b'{"enabled": true, "toxics": [{"name": "latency_downstream"}]}'),
    ("heal", b'{"enabled": false, "toxics": []}'),
    ("heal", b'{"enabled": true, "toxics": [{"name": "latency_downstream"}]}'),
]


@pytest.mark.parametrize(("change", "state"), IDLE)
def test_a_change_that_did_not_take_is_an_error(
    change: str, state: bytes, broken: Callable[[int, bytes], Link]
) -> None:
    with pytest.raises(CrucibleError, match="did not"):
        CHANGES[change](broken(200, state))


@pytest.mark.parametrize("body", [b"<html>", b"", b"[]", b"{}"])
def test_an_answer_that_is_no_proxy_is_an_error(
    body: bytes, broken: Callable[[int, bytes], Link]
) -> None:
    with pytest.raises(CrucibleError, match="Toxiproxy"):
        broken(200, body).toxics()


def test_no_answer_at_all_is_an_error() -> None:
    # Given an address nobody listens on
    with socket.create_server((HOST, 0)) as server:
        address = Address(HOST, server.getsockname()[1])
    proxy = Toxiproxy(address)
    link = Link("worker", "broker", listen=address, upstream=address, proxy=proxy)

    # Then every change says so, and the server does not count as up
    assert not proxy.answers()
    for change in CHANGES.values():
        with pytest.raises(CrucibleError, match="Connection refused"):
            change(link)
    proxy.close()
