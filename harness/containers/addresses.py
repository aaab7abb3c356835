"""An address of its own for every container, and a host name that every resolver reads as it.

URLs inside a suite name a broker by its container's host name and omit the port, so brokers must
differ by address. Linux answers on all of 127.0.0.0/8.

Docker names a container's host by the first twelve hexadecimal digits of its id. Ours are the
address as twelve octal digits, a notation that inet_aton(3), and so every resolver, reads as the
address itself: 127.1.2.3 is ``017700201003``. Neither a worker's environment nor its resolver has
to be touched for such names; gevent, C libraries and the test itself resolve them too.
"""

import random
import secrets
import socket
from ipaddress import IPv4Address
from typing import Final

from harness.containers.refusals import refuse

GUARD_PORT: Final = 20_127  # listening there on a block's first address reserves the block
BLOCK: Final = 256
ID_DIGITS: Final = 64


class Addresses:
    """Hands out loopback addresses no other session of this machine uses."""

    def __init__(self) -> None:
        self._guards: list[socket.socket] = []
        self._free: list[str] = []

    def take(self) -> str:
        """An address.

        Raises:
            RefusedError: this system has no address but 127.0.0.1 for its loopback.
        """
        if not self._free:
            guard, base = _reserve()
            self._guards.append(guard)
            self._free = [str(base + offset) for offset in range(BLOCK - 2, 1, -1)]
        return self._free.pop()

    def close(self) -> None:
        """Give all blocks back."""
        for guard in self._guards:
            guard.close()


def hostname(address: str) -> str:
    """Twelve octal digits that resolve to ``address``."""
    return f"{int(IPv4Address(address)):012o}"


def container_id(address: str) -> str:
    """A new container id whose short form is the host name of ``address``."""
    short = hostname(address)
    return short + secrets.token_hex((ID_DIGITS - len(short)) // 2)


def _reserve() -> tuple[socket.socket, IPv4Address]:  # noqa: RET503 - refuse() never returns
    chance = random.SystemRandom()  # not part of a run's seed: it must differ between runs
    for _ in range(1000):
        base = IPv4Address(f"127.{chance.randrange(1, 255)}.{chance.randrange(256)}.0")
        guard = socket.socket()
        try:
            guard.bind((str(base + 1), GUARD_PORT))
            guard.listen()
            return guard, base
        except OSError:
            guard.close()
    refuse("an address per node", "this system has no loopback addresses but 127.0.0.1")
