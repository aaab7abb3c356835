"""Ports that were free, reserved so that two runs on one machine never collide.

A run takes a block of ports by listening on the block's first one. The reservation needs no file
and ends with the process, whatever ends it.
"""

import random
import socket
from collections.abc import Iterator

from harness.errors import CrucibleError, Exit

HOST = "127.0.0.1"
# Below Linux's ephemeral range (32768 and up): no outgoing connection can take one meanwhile.
FIRST, LAST, BLOCK = 20_000, 32_700, 100


class Ports:
    """A block of free ports of this machine, handed out one by one."""

    def __init__(self) -> None:
        self._guard, base = _reserve()
        self._free = _free_ports(base + 1, base + BLOCK)

    def take(self) -> int:
        """A port nobody listens on."""
        port = next(self._free, None)
        if port is None:
            raise CrucibleError(
                f"The stack needs more than {BLOCK} ports.",
                hint="Use fewer workers and services in the target file.",
            )
        return port

    def close(self) -> None:
        """Give the block back."""
        self._guard.close()


def is_free(port: int) -> bool:
    """Whether a server could listen on ``port`` now."""
    with socket.socket() as candidate:
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind((HOST, port))
        except OSError:
            return False
        return True


def _reserve() -> tuple[socket.socket, int]:
    bases = list(range(FIRST, LAST - BLOCK, BLOCK))
    random.SystemRandom().shuffle(bases)  # not part of a run's seed: it must differ between runs
    for base in bases:
        guard = socket.socket()
        try:
            guard.bind((HOST, base))
            guard.listen()
            return guard, base
        except OSError:
            guard.close()
    raise CrucibleError(
        f"No block of {BLOCK} free ports between {FIRST} and {LAST}.",
        hint="End other runs or servers on this machine.",
        exit_code=Exit.USAGE,
    )


def _free_ports(first: int, end: int) -> Iterator[int]:
    return (port for port in range(first, end) if is_free(port))
