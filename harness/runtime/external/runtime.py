"""Makes of an external system what a stack needs: nodes to look at, links to break, one client."""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from harness.errors import CrucibleError
from harness.external import External
from harness.link import LinkView, Toxiproxy
from harness.node import Done, Node, NodeSpec
from harness.plan import Planner
from harness.recorder import Recorder
from harness.run_directory import RunDirectory
from harness.runtime import scratch
from harness.runtime.command import run_command
from harness.runtime.external import planner
from harness.runtime.external.guard_client import GuardClient
from harness.runtime.external.node import ExternalNode
from harness.runtime.external.proxies import ForeignToxiproxy
from harness.runtime.external.site import ExternalSite
from harness.runtime.external.view import ExternalView
from harness.runtime.external.watch import Watch
from harness.runtime.processes import Processes
from harness.servers.cache import Progress
from harness.strangers import refuse_stranger
from harness.target import Target
from harness.wiring import LinkSpec, Wiring


class ExternalRuntime:
    """Nothing of the system is started, and all of it is given back as it was."""

    def __init__(
        self,
        target: Target,
        directory: RunDirectory,
        fixed_ports: Mapping[str, int],
        recorder: Recorder,
    ) -> None:
        if target.external is None:
            raise CrucibleError(
                f"The target {target.name!r} says nothing of a system that runs already.",
                hint=f"Add a table [external] to {target.file}; see docs/target.md.",
            )
        self._target, self._external = target, target.external
        self._recorder, self._logs = recorder, directory.nodes
        _refuse_strangers(target, self._external.hosts())
        _refuse_missing_files(self._external)
        self._proxy = ForeignToxiproxy(self._external)
        links = list(self._proxy.specs())
        _refuse_strangers(target, _hosts(links))
        self._nodes: list[ExternalNode] = []
        self._watch: Watch | None = None
        self._guard = GuardClient(self._external, directory.nodes / "guard.log")
        self._proxy.borrow = self._guard.borrow
        self._processes = Processes(recorder, directory.nodes)
        self.scratch = scratch.directory()
        self._processes.remove_at_end(self.scratch)
        self.site = ExternalSite(target, directory.path, self.scratch, fixed_ports, links)

    def toxiproxy(self) -> Toxiproxy:
        """The given one."""
        return self._proxy

    def planner(self, wiring: Wiring, run_dir: Path) -> Planner:
        """Plans the client, and takes the others as they are."""
        return planner.ExternalPlanner(self.site, wiring, run_dir)

    def infrastructure(self, wiring: Wiring, proxy: Toxiproxy) -> Iterator[NodeSpec]:
        """Toxiproxy and broker."""
        return planner.infrastructure(self._target, proxy)

    def node(self, spec: NodeSpec) -> Node:
        """A node of the system's; ``client`` is a process of ours."""
        if not spec.foreign:
            return self._processes.node(spec)
        known = self._external.node(spec.name)
        node = ExternalNode(spec, known, self._recorder, self._logs, self._guard, dict(os.environ))
        self._nodes.append(node)
        return node

    def create(self, progress: Progress) -> None:
        """Begin to look at the nodes."""
        self._watch = Watch(self._nodes)
        self._watch.start()

    def view(self, client: str) -> LinkView:
        """As this machine sees it."""
        return ExternalView(self._proxy.everywhere)

    def run(self, argv: Sequence[str], environment: Mapping[str, str], seconds_max: float) -> Done:
        """Run a command of the target's, here."""
        return run_command(argv, self._target.directory, environment, seconds_max)

    def versions(self) -> dict[str, str]:
        """Of a foreign system's servers nothing is known."""
        return {}

    def close(self) -> None:
        """End the client, and give the system back as it was.

        Raises:
            CrucibleError: the keeper had been killed, or something could not be given back.
        """
        if self._watch:
            self._watch.stop()
        try:
            self._processes.close()
        finally:
            self.site.close()
            shutil.rmtree(self.scratch, ignore_errors=True)
            self._guard.close()


def _refuse_strangers(target: Target, hosts: Iterator[tuple[str, str]]) -> None:
    for what, host in hosts:
        refuse_stranger(what, host, target.allow_addresses, target.file)


def _hosts(links: Sequence[LinkSpec]) -> Iterator[tuple[str, str]]:
    for link in links:
        yield f"The proxy of {link.name}", link.listen.host
        yield f"The server of {link.name}", link.upstream.host


def _refuse_missing_files(external: External) -> None:
    for name, node in external.nodes.items():
        if node.probe and not os.access(node.probe, os.R_OK):
            raise CrucibleError(
                f"The probe file of {name}, {node.probe}, cannot be read.",
                hint="Start the worker with --include crucible_probe and CRUCIBLE_PROBE_FILE; "
                "see docs/target.md.",
            )
