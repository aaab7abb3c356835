"""The outside servers, started as the harness starts them: by their command, on real sockets."""

import contextlib
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest

SHOP = Path(__file__).parents[3] / "system_under_test"
START_SECONDS = 20.0
TURN_SECONDS = 0.01


def wait_until(condition: Callable[[], bool], seconds: float = START_SECONDS) -> None:
    """Wait for the condition; fail when it does not come true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(TURN_SECONDS)


class Server:
    """One running server: its own port, and its control port."""

    def __init__(self, name: str, ledger: Path) -> None:
        self.name, self.ledger = name, ledger
        self.port, self.control_port = _free_port(), _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.control = httpx.Client(base_url=f"http://127.0.0.1:{self.control_port}", timeout=10)
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", f"outside.{self.name}", "--ledger", str(self.ledger)]
        ports = ["--port", str(self.port), "--control-port", str(self.control_port)]
        self.process = subprocess.Popen(command + ports, cwd=SHOP)
        wait_until(self.answers)

    def answers(self) -> bool:
        assert self.process.poll() is None, "the server ended"
        with contextlib.suppress(httpx.TransportError):
            return self.control.get("/health").is_success
        return False

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def behave(self, mode: str, **more: object) -> None:
        self.control.post("/behaviour", json={"mode": mode, **more}).raise_for_status()

    @property
    def behaviour(self) -> dict:
        return self.control.get("/behaviour").json()

    @property
    def entries(self) -> list[dict]:
        return self.control.get("/ledger").json()["entries"]

    def post(self, path: str, body: object, key: str | None = None) -> httpx.Response:
        headers = {"Idempotency-Key": key} if key else {}
        return httpx.post(f"{self.url}{path}", json=body, headers=headers, timeout=10)

    def charge(self, reference: str, key: str | None = None, amount: int = 100) -> httpx.Response:
        body = {"customer_id": "cus_1", "amount": amount, "order_reference": reference}
        return self.post("/charges", body, key)

    def mail(self, recipient: str, message_id: str | None = None) -> None:
        """Send a mail; raises what smtplib raises."""
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = "shop@x", recipient, "Hello"
        if message_id:
            message["Message-ID"] = message_id
        message.set_content("hello")
        with smtplib.SMTP("127.0.0.1", self.port, local_hostname="test", timeout=10) as smtp:
            smtp.send_message(message)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def _servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Server]]:
    """One of each for a whole module, begun when first asked for."""
    folder, servers = tmp_path_factory.mktemp("outside"), _Begun()
    servers.folder = folder
    yield servers
    for server in servers.values():
        server.control.close()
        server.kill()


class _Begun(dict):
    folder: Path

    def __missing__(self, name: str) -> Server:
        self[name] = Server(name, self.folder / f"{name}.jsonl")
        return self[name]


def _fresh(server: Server) -> Server:
    if server.process.poll() is not None:
        server.start()
    server.control.post("/reset").raise_for_status()
    return server


@pytest.fixture
def gateway(_servers: dict[str, Server]) -> Server:
    return _fresh(_servers["gateway"])


@pytest.fixture
def crm(_servers: dict[str, Server]) -> Server:
    return _fresh(_servers["crm"])


@pytest.fixture
def smtp(_servers: dict[str, Server]) -> Server:
    return _fresh(_servers["smtp"])


@pytest.fixture
def until() -> Callable[[Callable[[], bool]], None]:
    return wait_until
