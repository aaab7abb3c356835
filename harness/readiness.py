"""Ask a server whether it can serve. Each question is answered at once, without waiting."""

import contextlib
import socket

import httpx

from harness.node import Address

ASK_SECONDS_MAX = 1.0
HOLD_SECONDS = 0.02


def tcp(address: Address) -> bool:
    """It accepts connections, and holds them.

    What publishes a container's port accepts for a server that does not listen yet, and hangs up.
    """
    with (
        contextlib.suppress(OSError),
        socket.create_connection(address, ASK_SECONDS_MAX) as connection,
    ):
        connection.settimeout(HOLD_SECONDS)
        try:
            return connection.recv(1) != b""
        except TimeoutError:
            return True
    return False


def http(url: str) -> bool:
    """It answers, and not with a server error."""
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(url, timeout=ASK_SECONDS_MAX, trust_env=False).status_code < 500
    return False


def redis(address: Address) -> bool:
    """It answers PING (not while it still loads its data)."""
    with (
        contextlib.suppress(OSError),
        socket.create_connection(address, ASK_SECONDS_MAX) as connection,
    ):
        connection.sendall(b"PING\r\n")
        return connection.recv(16).startswith(b"+PONG")
    return False
