"""Who reaches whom through which link, and how each part of the target learns of it.

Each node reaches every other through a link of its own, so that any one connection can fail alone.
"""

import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from harness.brokers import BROKERS
from harness.brokers.broker import BROKER
from harness.node import Address
from harness.servers import postgres
from harness.site import Endpoint, Site
from harness.target import Target

DATABASE, RESULTS = "database", "results"
BROKER_VARIABLES: Final = ("CELERY_BROKER_URL", "CELERY_BROKER_READ_URL", "CELERY_BROKER_WRITE_URL")
SCRATCH: Final = "{scratch}"  # in a value of the target's environment: a directory of this run


@dataclass(frozen=True, slots=True)
class LinkSpec:
    """A connection to be proxied: Toxiproxy listens on ``listen``, its client knows ``inside``."""

    client: str
    server: str
    listen: Address
    inside: Address
    upstream: Address

    @property
    def name(self) -> str:
        """As people write it: ``worker->broker``."""
        return f"{self.client}->{self.server}"


@dataclass(slots=True)
class Wiring:
    """The addresses, links and environments of one stack."""

    target: Target
    variant: str | None
    site: Site
    servers: dict[str, Endpoint] = field(default_factory=dict)  # where each really listens
    controls: dict[str, Endpoint] = field(default_factory=dict)  # of services; never faulted
    links: list[LinkSpec] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.servers[BROKER] = self.site.endpoint(BROKER)
        if self.target.database:
            self.servers[DATABASE] = self.servers[RESULTS] = self.site.endpoint(DATABASE)
        for name in self.target.services:
            self.servers[name] = self.site.endpoint(name)
            self.controls[name] = self.site.endpoint(name, control=True)

    def settings(self) -> dict[str, str]:
        """What the target file and the variant set: the same in every run."""
        return {**self.target.environment, **self.target.variant_environment(self.variant)}

    def environment(self) -> dict[str, str]:
        """What every process of the target gets, without addresses."""
        chosen = self.settings()
        scratch = str(self.site.paths.scratch)
        filled = {name: value.replace(SCRATCH, scratch) for name, value in chosen.items()}
        # Of Crucible's own environment a node gets these, nothing else.
        inherited = {name: os.environ[name] for name in self.target.inherit if name in os.environ}
        return {**self.site.environment, **inherited, "PYTHONUNBUFFERED": "1", **filled}

    def direct_environment(self) -> dict[str, str]:
        """For commands that must see the truth: addresses that no fault can touch."""
        servers = {name: server.inside for name, server in self.servers.items()}
        environment = self.environment() | self._addresses(servers)
        for name, service in self.target.services.items():
            environment |= self._fill(service.control_environment, name, servers[name])
        return environment

    def unlinked_environment(self) -> dict[str, str]:
        """For a part of the target that reaches every server and service as it is."""
        environment = self.direct_environment()
        for name, service in self.target.services.items():
            environment |= self._fill(service.environment, name, self.servers[name].inside)
        return environment

    def overrides(self, client: str, *, services: bool) -> dict[str, str]:
        """The variables that lead ``client`` through links of its own, which are made here."""
        servers = [BROKER]
        if self.target.addresses.database:
            servers.append(DATABASE)
        if self.target.addresses.results:
            servers.append(RESULTS)
        overrides = self._addresses({server: self._link(client, server) for server in servers})
        if services:
            for name, service in self.target.services.items():
                overrides |= self._fill(service.environment, name, self._link(client, name))
        return overrides

    def command(self, command: str, **values: object) -> tuple[str, ...]:
        """A command of the target file as arguments, its placeholders filled in."""
        known = {"python": self.site.paths.python, "app": self.target.app, **values}
        return tuple(word.format_map(known) for word in shlex.split(command))

    def _link(self, client: str, server: str) -> Address:
        link, upstream = self.site.link(client, server), self.servers[server].inside
        if link is None:
            return upstream
        self.links.append(LinkSpec(client, server, link.bind, link.inside, upstream))
        return link.inside

    def _addresses(self, servers: Mapping[str, Address]) -> dict[str, str]:
        url = BROKERS[self.target.broker].url(servers[BROKER])
        variables = dict.fromkeys(BROKER_VARIABLES, url)
        for server, variable in (
            (DATABASE, self.target.addresses.database),
            (RESULTS, self.target.addresses.results),
        ):
            if variable and server in servers:
                variables[variable] = postgres.url(servers[server].port, servers[server].host)
        return variables

    def _fill(self, variables: Mapping[str, str], name: str, at: Address) -> dict[str, str]:
        control = self.controls[name].inside.port
        return {
            variable: value.format(host=at.host, port=at.port, control_port=control)
            for variable, value in variables.items()
        }
