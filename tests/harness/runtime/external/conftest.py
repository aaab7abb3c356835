"""A Toxiproxy that is somebody else's, with proxies of theirs."""

import subprocess
from collections.abc import Callable, Iterator

import pytest

from harness.link import Toxiproxy
from harness.node import Address
from harness.runtime.ports import HOST, Ports
from harness.servers.install import ensure


@pytest.fixture(scope="session")
def their_ports() -> Iterator[Ports]:
    """Free ports for what is theirs."""
    ports = Ports()
    yield ports
    ports.close()


@pytest.fixture(scope="session")
def toxiproxy(their_ports: Ports, eventually: Callable[..., None]) -> Iterator[Toxiproxy]:
    """Their Toxiproxy's API."""
    path = ensure(["toxiproxy"])["toxiproxy"].path
    api = Toxiproxy(Address(HOST, their_ports.take()))
    process = subprocess.Popen(
        [path, f"-host={HOST}", f"-port={api.api.port}"], stdout=subprocess.DEVNULL
    )
    try:
        eventually(api.answers)
        yield api
    finally:
        process.kill()
        process.wait()
        api.close()


@pytest.fixture
def theirs(toxiproxy: Toxiproxy, their_ports: Ports) -> Iterator[Callable[..., str]]:
    """Makes a proxy of theirs, gone after the test; returns where it listens."""
    made = []

    def make(name: str, **more: object) -> str:
        listen = f"{HOST}:{their_ports.take()}"
        settings = {"name": name, "listen": listen, "upstream": f"{HOST}:1", "enabled": True}
        toxiproxy.ask("POST", "/proxies", {**settings, **more})
        made.append(name)
        return listen

    yield make
    for name in made:
        toxiproxy.ask("DELETE", f"/proxies/{name}")
