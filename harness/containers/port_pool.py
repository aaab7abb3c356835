"""Ports of this machine for servers that cannot keep to their node's own address."""

import threading

from harness.errors import CrucibleError
from harness.runtime.ports import Ports, is_free


class PortPool:
    """Free ports for a whole session: what is given back is used again."""

    def __init__(self) -> None:
        self._blocks = [Ports()]
        self._returned: list[int] = []
        self._taking = threading.Lock()

    def take(self) -> int:
        """A port nobody listens on."""
        with self._taking:
            for port in self._returned:
                if is_free(port):
                    self._returned.remove(port)
                    return port
            try:
                return self._blocks[-1].take()
            except CrucibleError:  # the block is used up
                self._blocks.append(Ports())
                return self._blocks[-1].take()

    def give_back(self, port: int) -> None:
        """It is no longer used."""
        with self._taking:
            self._returned.append(port)

    def close(self) -> None:
        """Give all blocks back."""
        for block in self._blocks:
            block.close()
