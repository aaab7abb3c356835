"""From a target to the nodes of its stack: how to run each, and what it needs.

What Crucible overrides in a node's environment is kept by node, to be printed and stored in the
report.
"""

import os
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Final

from harness import readiness
from harness.brokers.broker import BROKER
from harness.hold import HOLD_FILE
from harness.node import NodeSpec
from harness.site import Endpoint, Paths, node_file
from harness.target import Beat, Flower, Service, Web, Worker
from harness.wiring import DATABASE, Wiring

LINKS: Final = "links"  # what nodes that talk through links wait for
CLIENT: Final = "client"  # the node that enqueues tasks on behalf of scenarios


@dataclass(slots=True)
class Planner:
    """Plans the nodes of one stack."""

    wiring: Wiring
    run_dir: Path
    overrides: dict[str, Mapping[str, str]] = field(default_factory=dict)  # by node

    def nodes(self) -> tuple[NodeSpec, ...]:
        """The target's own nodes; their links are made on the way."""
        return tuple(self._nodes())

    def services(self) -> Iterator[NodeSpec]:
        """The outside world's servers alone."""
        for name, service in self.wiring.target.services.items():
            yield self._service(name, service)

    def _nodes(self) -> Iterator[NodeSpec]:
        target = self.wiring.target
        yield from self.services()
        for worker in target.workers:
            yield self._worker(worker)
        if target.beat:
            yield self._beat(target.beat)
        if target.web:
            yield self._web(target.web)
        if target.flower:
            yield self._flower(target.flower)
        yield self._client()

    def _service(self, name: str, service: Service) -> NodeSpec:
        server, control = self.wiring.servers[name], self.wiring.controls[name]
        argv = self.wiring.command(
            service.command,
            host=server.bind.host,
            port=server.bind.port,
            control_port=control.bind.port,
            ledger=node_file(self._paths, f"{name}.ledger.jsonl"),
        )
        return NodeSpec(
            name,
            argv,
            self._paths.directory,
            self.wiring.environment(),
            address=server.outside,
            control=control.outside,
            ready=lambda: readiness.tcp(server.outside) and readiness.tcp(control.outside),
        )

    def _worker(self, worker: Worker) -> NodeSpec:
        argv = (
            *self.wiring.command("{python} -m celery -A {app} worker --loglevel=info"),
            f"--hostname={worker.name}@crucible",
            f"--queues={','.join(worker.queues)}",
            f"--concurrency={worker.concurrency}",
            f"--include={','.join(self._included())}",
            *shlex.split(worker.arguments),
        )
        return self._own(worker.name, argv, services=True, restart_delay=worker.restart_delay)

    def _included(self) -> tuple[str, ...]:
        return ("crucible_probe", *(["crucible_poison"] if self.wiring.target.poison else []))

    def _beat(self, beat: Beat) -> NodeSpec:
        argv = (
            *self._probed("celery"),
            *self.wiring.command("-A {app} beat --loglevel=info --pidfile="),
            f"--schedule={self._paths.scratch / 'celerybeat-schedule'}",
            *shlex.split(beat.arguments),
        )
        return self._own("beat", argv, restart_delay=beat.restart_delay)

    def _web(self, web: Web) -> NodeSpec:
        server = self.wiring.site.endpoint("web")
        _, _, module, *arguments = self.wiring.command(web.command, **_bind(server))
        url = f"http://{server.outside}"
        spec = self._own("web", (*self._probed(module), *arguments), server=server)
        return replace(
            spec,
            restart_delay=web.restart_delay,
            ready=partial(readiness.http, url + web.ready),
            pages={name: url + page for name, page in web.pages.items()},
        )

    def _flower(self, flower: Flower) -> NodeSpec:
        server = self.wiring.site.endpoint("flower")
        argv = self.wiring.command(flower.command, **_bind(server))
        url = f"http://{server.outside}/"
        spec = self._own("flower", argv, server=server)
        return replace(spec, ready=partial(readiness.http, url), pages={"flower": url})

    def _client(self) -> NodeSpec:
        server = self.wiring.site.endpoint(CLIENT)
        argv = (str(self._paths.python), str(self._paths.probe / "crucible_publisher.py"))
        spec = self._own(CLIENT, argv, server=server)
        addressed = {
            "CRUCIBLE_APP": self.wiring.target.app,
            "CRUCIBLE_HOST": server.bind.host,
            "CRUCIBLE_PORT": str(server.bind.port),
        }
        return replace(
            spec,
            environment={**spec.environment, **addressed},
            ready=partial(readiness.tcp, server.outside),
        )

    def _probed(self, module: str) -> tuple[str, ...]:
        """Runs a module with the probe in place, where there is no option to include it."""
        return (str(self._paths.python), str(self._paths.probe / "crucible_launch.py"), module)

    def _own(
        self,
        name: str,
        argv: tuple[str, ...],
        *,
        services: bool = False,
        restart_delay: float | None = None,
        server: Endpoint | None = None,
    ) -> NodeSpec:
        """A node of the target's own code: probed, and reaching all others through links."""
        probe_file = f"{name}.probe.jsonl"
        self.overrides[name] = self.wiring.overrides(name, services=services)
        environment = {
            **self.wiring.environment(),
            **self.overrides[name],
            "PYTHONPATH": self._python_path(),
            "CRUCIBLE_NODE": name,
            "CRUCIBLE_PROBE_FILE": str(node_file(self._paths, probe_file)),
            "CRUCIBLE_HOLD_FILE": str(node_file(self._paths, HOLD_FILE)),
        }
        needs = {LINKS, BROKER} | ({DATABASE} if self.wiring.target.database else set())
        return NodeSpec(
            name,
            argv,
            self._paths.directory,
            environment,
            address=server.outside if server else None,
            needs=frozenset(needs),
            restart_delay=restart_delay,
            probe_file=self.run_dir / "nodes" / probe_file,
        )

    def _python_path(self) -> str:
        """The probe's directory, before what the target's own environment names."""
        theirs = self.wiring.environment().get("PYTHONPATH")
        return os.pathsep.join([str(self._paths.probe), *([theirs] if theirs else [])])

    @property
    def _paths(self) -> Paths:
        return self.wiring.site.paths


def _bind(server: Endpoint) -> dict[str, object]:
    return {"host": server.bind.host, "port": server.bind.port}
