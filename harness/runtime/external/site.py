"""The site of an external system: the addresses that the target file gives, and this machine's."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from harness.brokers.broker import BROKER
from harness.infrastructure import TOXIPROXY
from harness.node import Address
from harness.runtime.local_site import LocalSite
from harness.site import Endpoint
from harness.target import Target
from harness.wiring import LinkSpec


class ExternalSite(LocalSite):
    """The node ``client`` and the target's commands live here, everything else elsewhere."""

    def __init__(
        self,
        target: Target,
        run_dir: Path,
        scratch: Path,
        fixed_ports: Mapping[str, int],
        links: Iterable[LinkSpec],
    ) -> None:
        super().__init__(target, run_dir, scratch, fixed_ports)
        assert target.external
        self._addresses = {TOXIPROXY: target.external.toxiproxy, **target.external.addresses}
        self._control = target.external.broker_control
        self.links = {link.name: link for link in links}

    def endpoint(self, node: str, *, control: bool = False) -> Endpoint:
        """A server as it is; one that is not named is Crucible's own."""
        known = self._control if control and node == BROKER else self._addresses.get(node)
        return _same(known) if known else super().endpoint(node, control=control)

    def link(self, client: str, server: str) -> Endpoint | None:
        """The proxy of the link, where the target file names one."""
        spec = self.links.get(f"{client}->{server}")
        return _same(spec.listen) if spec else None


def _same(address: Address) -> Endpoint:
    return Endpoint(address, address, address)
