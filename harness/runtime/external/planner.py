"""From a target file to the nodes of an external system: none is started but ``client``."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from harness import external, readiness
from harness.brokers import rabbitmq
from harness.brokers.broker import BROKER
from harness.infrastructure import TOXIPROXY
from harness.link import Toxiproxy
from harness.node import Address, NodeSpec
from harness.plan import Planner
from harness.runtime.external.identity import refuse_unseen
from harness.runtime.external.site import ExternalSite
from harness.target import Target
from harness.wiring import Wiring


class ExternalPlanner(Planner):
    """Overrides nothing of the system's: only ``client`` is told where the broker is."""

    def __init__(self, site: ExternalSite, wiring: Wiring, run_dir: Path) -> None:
        super().__init__(wiring, run_dir)
        self._site = site

    def _nodes(self) -> Iterator[NodeSpec]:
        target = self.wiring.target
        for name in external.names(target):
            self.wiring.links += [link for link in self._site.links.values() if link.client == name]
            yield foreign(target, name)
        client = self._client()
        assert client.address
        yield replace(client, after_ready=partial(refuse_unseen, client.address, target))


def infrastructure(target: Target, proxy: Toxiproxy) -> Iterator[NodeSpec]:
    """Broker and Toxiproxy."""
    assert target.external
    control, broker = target.external.broker_control, target.external.addresses[BROKER]
    yield replace(foreign(target, TOXIPROXY), address=proxy.api, ready=proxy.answers)
    ready = partial(readiness.redis, broker)
    if control:
        ready = partial(_rabbitmq, broker, control)
    yield replace(foreign(target, BROKER), control=control, ready=ready)


def _rabbitmq(broker: Address, control: Address) -> bool:
    return rabbitmq.boots(control) and readiness.tcp(broker)


def foreign(target: Target, name: str) -> NodeSpec:
    """A node that runs already."""
    assert target.external
    address, known = target.external.addresses.get(name), target.external.node(name)
    return NodeSpec(
        name,
        (),
        target.directory,
        {},
        address=address,
        ready=partial(readiness.tcp, address) if address else None,
        restart_delay=0.0 if known.kill else None,  # it comes back, by whoever supervises it
        probe_file=known.probe,
        pages={name: f"http://{address}/"} if address and name == "web" else {},
        foreign=True,
    )
