"""A system that already runs elsewhere, as the table ``[external]`` of a target file describes it.

Crucible starts and ends nothing of it. It touches what this table names and nothing else.
"""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from harness.brokers.broker import BROKER
from harness.errors import CrucibleError
from harness.node import Address

if TYPE_CHECKING:
    from harness.target import Target

CLIENT: Final = "client"  # the one node that Crucible runs itself
SIGNAL: Final = "{signal}"  # in `kill`: the signal's number
NODE: Final = r"[a-z][a-z0-9-]*"
LINK: Final = re.compile(rf"({NODE})->({NODE})")
#: What Crucible would start on other runtimes.
NOT_OURS: Final = ("database", "setup", "services", "web", "flower", "compose")


def _address(text: Any) -> Any:
    """``HOST:PORT``, or ``[HOST]:PORT`` for an IPv6 address; or what it was made to once."""
    if isinstance(text, (tuple, list)):
        return Address(*text)
    if not isinstance(text, str):
        raise ValueError("an address is a string like 127.0.0.1:6379")
    host, _, port = text.rpartition(":")
    if not (host and port.isdecimal() and 0 < int(port) < 65536):
        raise ValueError("an address is HOST:PORT, such as 127.0.0.1:6379, without a scheme")
    return Address(host.removeprefix("[").removesuffix("]"), int(port))


def _link(name: str) -> str:
    if not LINK.fullmatch(name):
        raise ValueError("a link is named CLIENT->SERVER, such as worker->broker")
    return name


def _command(command: str) -> str:
    shlex.split(command)  # says what is wrong with its quotes
    return command


HostPort = Annotated[Address, BeforeValidator(_address)]
LinkName = Annotated[str, AfterValidator(_link)]
NodeName = Annotated[str, Field(pattern=f"^{NODE}$")]
Command = Annotated[str, Field(min_length=1), AfterValidator(_command)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NewLink(_Part):
    """A proxy that Crucible makes on the given Toxiproxy, and removes at the end."""

    listen: HostPort  # whoever is to go through it connects here


class ExternalNode(_Part):
    """What is known of one node, and what may be done to it. Commands run on this machine."""

    probe: Path | None = None  # the file that the probe in it writes
    pid: Command | None = None  # prints the main process's pid while it lives, else nothing
    kill: Command | None = None  # ends it at once; may mention {signal}
    restart: Command | None = None  # starts it again, where no supervisor of its own does
    log: Path | None = None

    def resolved(self, base: Path) -> "ExternalNode":
        """With its paths taken from where the target file lies."""
        probe, log = self.probe and base / self.probe, self.log and base / self.log
        return self.model_copy(update={"probe": probe, "log": log})

    @model_validator(mode="after")
    def _deaths_are_seen(self) -> Self:
        if self.kill and not self.pid:
            raise ValueError("`kill` needs `pid`: else nobody sees whether it took effect")
        return self


class External(_Part):
    """The whole table. Unknown keys are refused."""

    toxiproxy: HostPort  # its HTTP API
    addresses: dict[NodeName, HostPort]  # of servers, past every link
    broker_control: HostPort | None = None  # where a RabbitMQ tells its depths
    links: dict[LinkName, str | NewLink] = {}  # link -> the proxy's name
    nodes: dict[NodeName, ExternalNode] = {}

    @field_validator("addresses")
    @classmethod
    def _broker(cls, addresses: dict[str, Address]) -> dict[str, Address]:
        if BROKER not in addresses:
            raise ValueError("it must name the broker's: broker = 'HOST:PORT'")
        if reserved := {CLIENT, "toxiproxy"} & addresses.keys():
            raise ValueError(f"{reserved.pop()} is not an address of the system's")
        return addresses

    def node(self, name: str) -> ExternalNode:
        """What is known of a node; of most servers that is their address alone."""
        return self.nodes.get(name, ExternalNode())

    def hosts(self) -> Iterator[tuple[str, str]]:
        """Each host that is named, after whose it is."""
        yield "toxiproxy", self.toxiproxy.host
        for name, address in self.addresses.items():
            yield name, address.host
        if self.broker_control:
            yield "broker_control", self.broker_control.host
        for name, link in self.links.items():
            if isinstance(link, NewLink):
                yield name, link.listen.host

    def resolved(self, base: Path) -> "External":
        """With its paths taken from where the target file lies."""
        nodes = {name: node.resolved(base) for name, node in self.nodes.items()}
        return self.model_copy(update={"nodes": nodes})


def processes(target: "Target") -> list[str]:
    """Those nodes that are processes of the target's own code."""
    workers = [worker.name for worker in target.workers]
    return [*workers, "beat"] if target.beat else workers


def names(target: "Target") -> list[str]:
    """The nodes of the system, besides the broker and Toxiproxy."""
    assert target.external
    servers = [name for name in target.external.addresses if name != BROKER]
    return list(dict.fromkeys([*processes(target), *servers]))


def refuse_scenarios(target: "Target") -> None:
    """See that the system is one that scenarios may be run on.

    Raises:
        CrucibleError: it runs elsewhere, and is not theirs.
    """
    if target.external:
        raise CrucibleError(
            "Scenarios empty queues, put data back and hold tasks: not where others work.",
            hint="Load it instead: crucible load --target FILE, with --outage or --chaos.",
        )


def refuse_unfit(target: "Target") -> None:
    """See that the table fits the rest of the target file, and that there will be evidence.

    Raises:
        ValueError: it does not; pydantic tells it.
    """
    external = target.external
    if (external is None) != (target.runtime is None):
        raise ValueError('runtime = "external" and the table [external] belong together')
    if external is None:
        return
    for key in NOT_OURS:
        if getattr(target, key):
            raise ValueError(f"an external system is not started: remove {key!r}")
    if target.addresses.database or target.addresses.results:
        raise ValueError("an external system keeps its own settings: remove 'addresses'")
    if target.broker == "rabbitmq" and external.broker_control is None:
        raise ValueError("external.broker_control is missing: who else tells RabbitMQ's depths?")
    known = names(target)
    if stranger := next((name for name in external.nodes if name not in (*known, BROKER)), None):
        raise ValueError(f"external.nodes.{stranger} is no node; there are: {', '.join(known)}")
    for link in external.links:
        client = link.partition("->")[0]
        if client == CLIENT and link != f"{CLIENT}->{BROKER}":
            raise ValueError(f"{link}: {CLIENT} is Crucible's own, and speaks to the broker alone")
        if client not in (*known, CLIENT):
            raise ValueError(f"{link}: there is no node {client!r}; there are: {', '.join(known)}")
    for worker in target.workers:
        if external.node(worker.name).probe is None:
            raise ValueError(
                f"external.nodes.{worker.name}.probe is missing: without the file of its probe "
                "nobody could tell what is lost from what is done"
            )
