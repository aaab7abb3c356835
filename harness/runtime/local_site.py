"""The site of processes: this machine's paths, 127.0.0.1, the same from every side."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from harness.node import Address
from harness.runtime.ports import HOST, Ports
from harness.site import Endpoint, Paths
from harness.target import Target

PROBE: Final = Path(__file__).parents[1] / "probe"
INHERITED: Final = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "SSL_CERT_FILE")


class LocalSite:
    """Free ports of this machine, unless a person asked for one."""

    def __init__(
        self, target: Target, run_dir: Path, scratch: Path, fixed_ports: Mapping[str, int]
    ) -> None:
        self.paths = Paths(target.python, target.directory, PROBE, run_dir, scratch)
        # A process killed leaves its temporary files: billiard's pool a directory each time.
        temporary = scratch / "tmp"
        temporary.mkdir(parents=True, exist_ok=True)
        known = {name: os.environ[name] for name in INHERITED if name in os.environ}
        self.environment = {**known, "TMPDIR": str(temporary)}
        self._fixed_ports = fixed_ports
        self._ports = Ports()

    def endpoint(self, node: str, *, control: bool = False) -> Endpoint:
        """A server on its own port."""
        fixed = None if control else self._fixed_ports.get(node)
        return _same(Address(HOST, fixed or self._ports.take()))

    def link(self, client: str, server: str) -> Endpoint | None:
        """A port for Toxiproxy."""
        return _same(Address(HOST, self._ports.take()))

    def take_port(self) -> int:
        """One more port for whoever needs several."""
        return self._ports.take()

    def close(self) -> None:
        """Give the ports back."""
        self._ports.close()


def _same(address: Address) -> Endpoint:
    return Endpoint(address, address, address)
