"""The compose runtime: every node a container of the target's own compose file."""

import http.client
import json
import os
import secrets
import shlex
import shutil
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from harness import database_baseline
from harness.docker import compose_command
from harness.docker.engine import Engine, Stream
from harness.docker.watchdog_client import WatchdogClient
from harness.errors import CrucibleError
from harness.event import NODE_READY, Event
from harness.infrastructure import TOXIPROXY
from harness.link import LinkView, Toxiproxy
from harness.node import Address, Done, Node, NodeSpec
from harness.plan import CLIENT, Planner
from harness.recorder import Recorder
from harness.run_directory import RunDirectory
from harness.runtime import compose_infrastructure, scratch
from harness.runtime.compose_file import SETUP, RunFile, Theirs
from harness.runtime.compose_site import ComposeSite
from harness.runtime.container_node import ContainerNode
from harness.runtime.container_view import ContainerView
from harness.runtime.local_site import PROBE
from harness.runtime.supervised import end_the_run
from harness.servers import postgres
from harness.servers.cache import Progress
from harness.target import Target
from harness.wiring import DATABASE, Wiring

LAST_LINES: Final = 12
EVENTS_SECONDS_MAX: Final = 10.0


class ComposeRuntime:
    """Containers of one project, gone when Crucible is gone."""

    def __init__(
        self,
        target: Target,
        directory: RunDirectory,
        fixed_ports: Mapping[str, int],
        recorder: Recorder,
    ) -> None:
        if target.compose is None:
            raise CrucibleError(
                f"The target {target.name!r} says nothing of containers.",
                hint=f"Add a table [compose] to {target.file}; see docs/target.md.",
            )
        self._target, self._compose = target, target.compose
        self._directory = directory
        self._recorder = recorder
        self._engine = Engine()
        self._engine.version()
        self._command = compose_command.find()
        self.project = f"crucible-{secrets.token_hex(4)}"
        self._nodes: dict[str, ContainerNode] = {}
        self._infrastructure: set[str] = set()
        self._setup: NodeSpec | None = None
        self._setup_container = ""
        self._deaths: Stream | None = None
        self._watching = threading.Event()
        self._closing = False
        self.site = ComposeSite(target.compose, target.broker, fixed_ports)
        self._watchdog = WatchdogClient(self._engine, self.project)
        self.scratch = scratch.directory()
        self._watchdog.remove_at_end(self.scratch)
        recorder.listen(self._heard)

    def toxiproxy(self) -> Toxiproxy:
        """A node of the stack's."""
        return Toxiproxy(self.site.endpoint(TOXIPROXY).outside)

    def planner(self, wiring: Wiring, run_dir: Path) -> Planner:
        """The usual one."""
        return Planner(wiring, run_dir)

    def infrastructure(self, wiring: Wiring, proxy: Toxiproxy) -> Iterator[NodeSpec]:
        """Toxiproxy, broker and database; the database is set up by the target's commands."""
        for spec in compose_infrastructure.specs(wiring, proxy):
            self._infrastructure.add(spec.name)
            yield spec if spec.name != DATABASE else self._with_setup(spec, wiring)

    def node(self, spec: NodeSpec) -> Node:
        """A container; it is made by ``create``."""
        node = ContainerNode(spec, self._engine, self._recorder, self._directory.nodes)
        self._nodes[spec.name] = node
        return node

    def create(self, progress: Progress) -> None:
        """Build images, make all containers, and listen for their ends."""
        theirs = Theirs(self._target, self._command.config(self._compose.file, self._target.broker))
        if builds := theirs.builds(self._nodes):
            progress("building images")
            self._run("-f", str(self._compose.file), "build", "--quiet", *builds)
        progress("making containers")
        file = self._directory.path / "docker-compose.json"
        file.write_text(json.dumps(self._model(theirs), indent=2), encoding="utf-8")
        self._run("-p", self.project, "-f", str(file), "up", "--no-start")
        made = self._engine.containers(self.project)
        for name, node in self._nodes.items():
            node.container = made[self._compose.service(name)]
        self._setup_container = made.get(self._compose.service(SETUP), "")
        threading.Thread(target=self._watch, name="deaths", daemon=True).start()
        if not self._watching.wait(EVENTS_SECONDS_MAX):
            raise CrucibleError("Docker tells no events.", hint="Start it again.")

    def view(self, client: str) -> LinkView:
        """From the client's own container."""
        proxy = self._compose.service(TOXIPROXY)
        return ContainerView(lambda: self._nodes[client], proxy, str(self._compose.python))

    def run(self, argv: Sequence[str], environment: Mapping[str, str], seconds_max: float) -> Done:
        """Run a command of the target's in the container that enqueues; no fault aims at it."""
        done = self._engine.execute(
            self._nodes[CLIENT].container,
            argv,
            environment=environment,
            directory=str(self._compose.directory),
            seconds_max=seconds_max,
        )
        return Done(done.code, done.output.decode(), done.errors.decode(errors="replace"))

    def versions(self) -> dict[str, str]:
        """Docker's and compose's; the images are named in the run's docker-compose.json."""
        return {"docker": self._engine.version(), "compose": self._command.version}

    def close(self) -> None:
        """Remove every container, network and volume of this run, and what is not evidence."""
        self._closing = True
        for node in self._nodes.values():
            node.retire()
        try:
            self._watchdog.close()
        finally:
            if self._deaths:
                self._deaths.close()
            self._recorder.unlisten(self._heard)
            self.site.close()
            shutil.rmtree(self.scratch, ignore_errors=True)

    def _run(self, *arguments: str) -> None:
        self._command.run(*arguments, on_start=self._watchdog.kill_at_end)

    def _model(self, theirs: Theirs) -> dict[str, Any]:
        inside = self.site.paths
        mounts = {
            f"{PROBE}": f"{inside.probe}:ro",
            f"{self._directory.nodes}": f"{inside.run_dir}/nodes",
            f"{self.scratch}": f"{inside.scratch}",
        }
        user = f"{os.getuid()}:{os.getgid()}"  # so that what they write is ours
        file = RunFile(theirs, mounts, self.site.published, user)
        for name, node in self._nodes.items():
            file.add(node.spec, infrastructure=name in self._infrastructure)
        if self._setup:
            file.add(self._setup, infrastructure=False)
        # By its project a person finds what Docker may still have of a run.
        return {"x-project": self.project, **file.model()}

    def _with_setup(self, database: NodeSpec, wiring: Wiring) -> NodeSpec:
        if self._target.setup:
            commands = [shlex.join(wiring.command(command)) for command in self._target.setup]
            argv = ("sh", "-c", " && ".join(commands))
            environment = wiring.direct_environment()
            self._setup = NodeSpec(SETUP, argv, self._compose.directory, environment)
        address = wiring.servers[DATABASE].outside
        return replace(database, after_ready=partial(self._set_up, address))

    def _set_up(self, address: Address, progress: Progress) -> None:
        """Run the target's setup commands once, and remember what they made."""
        if self._setup:
            progress("setting the database up")
            self._run_setup(self._setup)
        database_baseline.remember(postgres.url(address.port, address.host))

    def _run_setup(self, spec: NodeSpec) -> None:
        node = ContainerNode(spec, self._engine, self._recorder, self._directory.nodes)
        node.container = self._setup_container
        if code := node.run_to_end():
            last = "\n".join(node.logs().splitlines()[-LAST_LINES:])
            raise CrucibleError(
                f"Setup ended with code {code}:\n{last}", hint=f"Its whole log: {node.log}"
            )

    def _watch(self) -> None:
        try:
            with self._engine.deaths(self.project) as self._deaths:
                self._watching.set()
                for line in self._deaths.response:
                    self._take(json.loads(line))
        except (CrucibleError, OSError, http.client.HTTPException, ValueError):
            pass  # told below
        if not self._closing:
            for node in self._nodes.values():
                node.retire()
            end_the_run()

    def _take(self, event: Mapping[str, Any]) -> None:
        actor = event["Actor"]
        for node in self._nodes.values():
            if node.container == actor["ID"]:
                node.died(int(actor["Attributes"]["exitCode"]), int(event["timeNano"]))

    def _heard(self, event: Event) -> None:
        if event.type == NODE_READY and (node := self._nodes.get(event.node)):
            node.announce(event)
