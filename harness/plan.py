"""From a target to the nodes and links of its stack: who runs what, and who reaches whom how.

Each node reaches every other through a link of its own, so that any one connection can fail
alone. What Crucible overrides for that is kept by node, to be printed and stored in the report.
"""

import os
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from harness import readiness
from harness.node import Address, NodeSpec
from harness.runtime.ports import HOST, Ports
from harness.servers import postgres
from harness.target import Service, Target, Worker

PROBE: Final = Path(__file__).parent / "probe"
LINKS: Final = "links"  # what nodes that talk through links wait for
BROKER, DATABASE, RESULTS, CLIENT = "broker", "database", "results", "client"
BROKER_VARIABLES: Final = ("CELERY_BROKER_URL", "CELERY_BROKER_READ_URL", "CELERY_BROKER_WRITE_URL")
SCRATCH: Final = "{scratch}"  # in a value of the target's environment: a directory of this run
# Of Crucible's own environment a node gets these and what the target file says, nothing else.
INHERITED: Final = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE")


@dataclass(frozen=True, slots=True)
class LinkSpec:
    """A connection to be proxied."""

    client: str
    server: str
    listen: Address
    upstream: Address

    @property
    def name(self) -> str:
        """As people write it: ``worker->broker``."""
        return f"{self.client}->{self.server}"


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything a runtime needs to start the target's own nodes."""

    nodes: tuple[NodeSpec, ...]
    links: tuple[LinkSpec, ...]
    overrides: Mapping[str, Mapping[str, str]]  # node -> variable -> value


@dataclass(slots=True)
class Planner:
    """Plans one stack: addresses first, then nodes."""

    target: Target
    variant: str | None
    ports: Ports
    run_dir: Path
    scratch: Path
    fixed_ports: Mapping[str, int]
    servers: dict[str, Address] = field(default_factory=dict)
    controls: dict[str, Address] = field(default_factory=dict)
    links: list[LinkSpec] = field(default_factory=list)
    overrides: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def plan(self) -> Plan:
        """The target's nodes, each with its links and its environment."""
        self.servers[BROKER] = self.address(BROKER)
        if self.target.database:
            self.servers[DATABASE] = self.servers[RESULTS] = self.address(DATABASE)
        for name in self.target.services:
            self.servers[name] = self.address(name)
            self.controls[name] = self.address(f"{name}-control")
        nodes = tuple(self._nodes())
        return Plan(nodes, tuple(self.links), self.overrides)

    def address(self, name: str) -> Address:
        """Where a node listens: on the port a person asked for, or on a free one."""
        return Address(HOST, self.fixed_ports.get(name) or self.ports.take())

    def environment(self) -> dict[str, str]:
        """What every process of the target gets, without addresses."""
        chosen = self.settings()
        filled = {name: value.replace(SCRATCH, str(self.scratch)) for name, value in chosen.items()}
        names = (*INHERITED, *self.target.inherit)
        inherited = {name: os.environ[name] for name in names if name in os.environ}
        return {**inherited, "PYTHONUNBUFFERED": "1", **filled}

    def settings(self) -> dict[str, str]:
        """What the target file and the variant set: the same in every run."""
        return {
            **self.target.environment,
            **self.target.variant_environment(self.variant),
        }

    def direct_environment(self) -> dict[str, str]:
        """For commands that must see the truth: addresses that no fault can touch."""
        environment = self.environment() | self._addresses(self.servers)
        for name, service in self.target.services.items():
            environment |= self._fill(service.control_environment, name, self.servers[name])
        return environment

    def command(self, command: str, **values: object) -> tuple[str, ...]:
        """A command of the target file as arguments, its placeholders filled in."""
        known = {"python": self.target.python, "app": self.target.app, **values}
        return tuple(word.format_map(known) for word in shlex.split(command))

    def _nodes(self) -> Iterator[NodeSpec]:
        for name, service in self.target.services.items():
            yield self._service(name, service)
        for worker in self.target.workers:
            yield self._worker(worker)
        if self.target.beat:
            yield self._beat()
        if self.target.web:
            yield self._web()
        if self.target.flower:
            yield self._flower()
        yield self._client()

    def _service(self, name: str, service: Service) -> NodeSpec:
        address, control = self.servers[name], self.controls[name]
        argv = self.command(
            service.command,
            host=address.host,
            port=address.port,
            control_port=control.port,
            ledger=self.run_dir / "nodes" / f"{name}.ledger.jsonl",
        )
        return NodeSpec(
            name,
            argv,
            self.target.directory,
            self.environment(),
            address=address,
            control=control,
            ready=lambda: readiness.tcp(address) and readiness.tcp(control),
        )

    def _worker(self, worker: Worker) -> NodeSpec:
        argv = (
            *self.command("{python} -m celery -A {app} worker --loglevel=info"),
            f"--hostname={worker.name}@crucible",
            f"--queues={','.join(worker.queues)}",
            f"--concurrency={worker.concurrency}",
            "--include=crucible_probe",
            *shlex.split(worker.arguments),
        )
        return self._linked(worker.name, argv, services=True, delay=worker.restart_delay)

    def _beat(self) -> NodeSpec:
        beat = self.target.beat
        assert beat
        argv = (
            *self._launch("celery", f"-A {self.target.app} beat --loglevel=info --pidfile="),
            f"--schedule={self.scratch / 'celerybeat-schedule'}",
            *shlex.split(beat.arguments),
        )
        return self._linked("beat", argv, delay=beat.restart_delay)

    def _web(self) -> NodeSpec:
        web = self.target.web
        assert web
        address = self.address("web")
        command = self.command(web.command, host=address.host, port=address.port)
        argv = (*self._launch(command[2]), *command[3:])
        url = f"http://{address}"
        return self._linked(
            "web",
            argv,
            delay=web.restart_delay,
            address=address,
            ready_url=url + web.ready,
            pages={name: url + page for name, page in web.pages.items()},
        )

    def _flower(self) -> NodeSpec:
        flower = self.target.flower
        assert flower
        address = self.address("flower")
        argv = self.command(flower.command, host=address.host, port=address.port)
        url = f"http://{address}/"
        pages = {"flower": url}
        return self._linked("flower", argv, address=address, ready_url=url, pages=pages)

    def _client(self) -> NodeSpec:
        address = self.address(CLIENT)
        argv = (str(self.target.python), str(PROBE / "crucible_publisher.py"))
        extra = {
            "CRUCIBLE_APP": self.target.app,
            "CRUCIBLE_HOST": address.host,
            "CRUCIBLE_PORT": str(address.port),
        }
        return self._linked(CLIENT, argv, address=address, extra=extra)

    def _launch(self, module: str, arguments: str = "") -> tuple[str, ...]:
        launcher = (str(self.target.python), str(PROBE / "crucible_launch.py"))
        return (*launcher, module, *shlex.split(arguments))

    def _linked(
        self,
        name: str,
        argv: tuple[str, ...],
        *,
        services: bool = False,
        delay: float | None = None,
        address: Address | None = None,
        ready_url: str | None = None,
        pages: Mapping[str, str] | None = None,
        extra: Mapping[str, str] | None = None,
    ) -> NodeSpec:
        """A node of the target's own code, which reaches all others through links."""
        probe_file = self.run_dir / "nodes" / f"{name}.probe.jsonl"
        overrides = self._overrides(name, services)
        self.overrides[name] = overrides
        environment = {
            **self.environment(),
            **overrides,
            "PYTHONPATH": self._python_path(),
            "CRUCIBLE_NODE": name,
            "CRUCIBLE_PROBE_FILE": str(probe_file),
            **(extra or {}),
        }
        needs = {LINKS, BROKER} | ({DATABASE} if self.target.database else set())
        ready = None
        if ready_url is not None:
            url = ready_url
            ready = lambda: readiness.http(url)  # noqa: E731
        elif address is not None:
            listening = address
            ready = lambda: readiness.tcp(listening)  # noqa: E731
        return NodeSpec(
            name,
            argv,
            self.target.directory,
            environment,
            address=address,
            needs=frozenset(needs),
            ready=ready,
            restart_delay=delay,
            probe_file=probe_file,
            pages=pages or {},
        )

    def _python_path(self) -> str:
        """The probe's directory, before what the target's own environment names."""
        theirs = self.environment().get("PYTHONPATH")
        return os.pathsep.join([str(PROBE), *([theirs] if theirs else [])])

    def _overrides(self, client: str, services: bool) -> dict[str, str]:
        servers = [BROKER]
        if self.target.addresses.database:
            servers.append(DATABASE)
        if self.target.addresses.results:
            servers.append(RESULTS)
        through = {server: self._link(client, server) for server in servers}
        overrides = self._addresses(through)
        if services:
            for name, service in self.target.services.items():
                overrides |= self._fill(service.environment, name, self._link(client, name))
        return overrides

    def _link(self, client: str, server: str) -> Address:
        listen = Address(HOST, self.ports.take())
        self.links.append(LinkSpec(client, server, listen, self.servers[server]))
        return listen

    def _addresses(self, servers: Mapping[str, Address]) -> dict[str, str]:
        variables = dict.fromkeys(BROKER_VARIABLES, broker_url(servers[BROKER]))
        for server, variable in (
            (DATABASE, self.target.addresses.database),
            (RESULTS, self.target.addresses.results),
        ):
            if variable and server in servers:
                variables[variable] = postgres.url(servers[server].port, servers[server].host)
        return variables

    def _fill(self, variables: Mapping[str, str], name: str, at: Address) -> dict[str, str]:
        control = self.controls[name].port
        return {
            variable: value.format(host=at.host, port=at.port, control_port=control)
            for variable, value in variables.items()
        }


def broker_url(address: Address) -> str:
    """A Redis broker's URL."""
    return f"redis://{address}/0"
