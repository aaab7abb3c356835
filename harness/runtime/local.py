"""The local runtime: every node a process, on servers that were found or installed."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path

from harness import infrastructure, versions
from harness.brokers import BROKERS
from harness.brokers.broker import BROKER
from harness.infrastructure import TOXIPROXY
from harness.link import LinkView, LocalView, Toxiproxy
from harness.node import Done, Node, NodeSpec
from harness.plan import Planner
from harness.prepare import database_directory
from harness.recorder import Recorder
from harness.run_directory import RunDirectory
from harness.runtime import scratch
from harness.runtime.command import run_command
from harness.runtime.local_site import LocalSite
from harness.runtime.processes import Processes
from harness.servers.cache import Progress
from harness.servers.find import Server
from harness.target import Target
from harness.wiring import DATABASE, Wiring


class LocalRuntime:
    """Processes, their ports and their scratch space."""

    def __init__(
        self,
        target: Target,
        servers: Mapping[str, Server],
        directory: RunDirectory,
        fixed_ports: Mapping[str, int],
        recorder: Recorder,
    ) -> None:
        self._target = target
        self._servers = servers
        self._reports = directory.path.parent.parent
        self._processes = Processes(recorder, directory.nodes)
        self.scratch = scratch.directory()
        self._processes.remove_at_end(self.scratch)
        self.site = LocalSite(target, directory.path, self.scratch, fixed_ports)

    def toxiproxy(self) -> Toxiproxy:
        """A node of the stack's."""
        return Toxiproxy(self.site.endpoint(TOXIPROXY).outside)

    def planner(self, wiring: Wiring, run_dir: Path) -> Planner:
        """The usual one."""
        return Planner(wiring, run_dir)

    def infrastructure(self, wiring: Wiring, proxy: Toxiproxy) -> Iterator[NodeSpec]:
        """Toxiproxy, broker and database."""
        scratch, servers = self.scratch, self._servers
        yield infrastructure.toxiproxy(servers["toxiproxy"], proxy, scratch)
        broker = BROKERS[self._target.broker]
        address = wiring.servers[BROKER].bind
        yield broker.node(servers[broker.name], address, self.site.take_port, scratch)
        if self._target.database:
            data = scratch / "database"
            prepare = partial(self._prepare_database, wiring, data)
            address = wiring.servers[DATABASE].bind
            yield infrastructure.postgres(servers["postgres"], address, data, scratch, prepare)

    def node(self, spec: NodeSpec) -> Node:
        """A node, not yet started."""
        return self._processes.node(spec)

    def create(self, progress: Progress) -> None:
        """Nothing: a process needs no more than to be started."""

    def view(self, client: str) -> LinkView:
        """From this machine a link looks the same to everybody."""
        return LocalView()

    def run(self, argv: Sequence[str], environment: Mapping[str, str], seconds_max: float) -> Done:
        """Run a command of the target's in its directory."""
        return run_command(argv, self._target.directory, environment, seconds_max)

    def versions(self) -> dict[str, str]:
        """The servers'."""
        return versions.of_servers(self._servers)

    def close(self) -> None:
        """End every process and remove what is not evidence."""
        try:
            self._processes.close()
        finally:
            self.site.close()
            shutil.rmtree(self.scratch, ignore_errors=True)

    def _prepare_database(self, wiring: Wiring, data: Path, progress: Progress) -> None:
        database_directory(
            self._target,
            self._servers["postgres"],
            wiring.settings(),
            wiring.environment(),
            data,
            self._reports,
            progress,
        )
