"""Where the Docker engine listens, and one HTTP connection to it."""

import http.client
import os
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from harness.errors import CrucibleError

DEFAULT: Final = "unix:///var/run/docker.sock"
ASK_SECONDS_MAX: Final = 10.0
HINT: Final = (
    "Install and start Docker with docker compose (or docker-compose), or use --runtime local, "
    "which needs neither."
)


class DockerMissingError(CrucibleError):
    """This machine has no Docker that answers, or no compose command."""


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: str, timeout: float | None) -> None:
        super().__init__("docker", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        """Connect to the socket's file."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def host() -> str:
    """The engine's address: DOCKER_HOST, that of Docker's current context, or its usual socket."""
    if named := os.environ.get("DOCKER_HOST"):
        return named
    if os.path.exists(DEFAULT.removeprefix("unix://")) or not shutil.which("docker"):
        return DEFAULT
    asked = subprocess.run(
        ["docker", "context", "inspect", "--format", "{{.Endpoints.docker.Host}}"],
        capture_output=True,
        text=True,
        timeout=ASK_SECONDS_MAX,
        check=False,
    )
    return asked.stdout.strip() or DEFAULT


def connect(address: str, timeout: float | None) -> http.client.HTTPConnection:
    """A connection to the engine, made at its first request.

    Raises:
        CrucibleError: the address is of a kind that cannot work here.
    """
    parts = urlsplit(address)
    if parts.scheme == "unix":
        return UnixConnection(str(Path(parts.path)), timeout)
    if parts.scheme in ("tcp", "http") and parts.hostname:
        return http.client.HTTPConnection(parts.hostname, parts.port or 2375, timeout=timeout)
    raise CrucibleError(
        f"Docker at {address} cannot be used: nodes share files with this machine.",
        hint="Set DOCKER_HOST to a unix:// socket of this machine.",
    )
