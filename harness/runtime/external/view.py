"""A link as this machine sees it: whoever goes through a proxy elsewhere is not seen."""

import socket
from collections.abc import Collection

from harness.connections import established
from harness.link import LocalView
from harness.node import Address
from harness.strangers import is_here


class ExternalView(LocalView):
    """``everywhere``: ports on which a proxy listens on every address of its machine."""

    def __init__(self, everywhere: Collection[int]) -> None:
        self._everywhere = everywhere

    def connections(self, listen: Address) -> int:
        """Those that the kernel of this machine holds for the proxy; none if it is elsewhere."""
        if not is_here(listen.host):
            return 0
        try:
            address = Address(socket.gethostbyname(listen.host), listen.port)
        except OSError:
            return 0  # no IPv4 address: the kernel is asked for these alone
        return established(address, any_address=listen.port in self._everywhere)
