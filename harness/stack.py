"""The nodes and links of one run: started side by side, ended together."""

import shutil
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from harness import infrastructure, versions
from harness.brokers.broker import BROKER
from harness.errors import CrucibleError
from harness.hold import HOLD_FILE, Hold
from harness.link import Link
from harness.node import Address, Done, Node, NodeSpec, Timing
from harness.plan import LINKS
from harness.recorder import Recorder
from harness.run_directory import RunDirectory
from harness.runtime import EXTERNAL, LOCAL, choice
from harness.runtime.ports import is_free
from harness.servers.cache import Progress, silent
from harness.servers.find import Server
from harness.target import Target
from harness.wiring import DATABASE, Wiring

ASK_SECONDS_MAX = 30.0
Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True)
class StackSettings:
    """What a person may choose about a stack."""

    target: Target
    variant: str | None = None
    ports: Mapping[str, int] = field(default_factory=dict)  # node -> port, instead of a free one
    runtime: str = LOCAL
    scale: Mapping[str, int] = field(default_factory=dict)  # applied to `target` already
    interpreter: Path | None = None  # applied too: a python other than the target file's own


class Stack:
    """A running system. Make one with ``started``."""

    def __init__(
        self,
        settings: StackSettings,
        servers: Mapping[str, Server],
        directory: RunDirectory,
        recorder: Recorder,
    ) -> None:
        self.settings = settings
        self.servers = servers
        self.directory = directory
        self.recorder = recorder
        self.timings: dict[str, Timing] = {}
        self.hold = Hold(directory.nodes / HOLD_FILE)
        self._runtime = choice.make(
            settings.runtime, settings.target, servers, directory, settings.ports, recorder
        )
        self.wiring = Wiring(settings.target, settings.variant, self._runtime.site)
        planner = self._runtime.planner(self.wiring, directory.path)
        self._specs = planner.nodes()
        #: What Crucible sets in place of the target's own settings: node -> variable -> value.
        self.overrides = planner.overrides
        self._proxy = self._runtime.toxiproxy()
        self.links = {
            spec.name: Link(
                spec.client,
                spec.server,
                listen=spec.listen,
                upstream=spec.upstream,
                proxy=self._proxy,
                view=self._runtime.view(spec.client),
            )
            for spec in self.wiring.links
        }
        self.nodes: dict[str, Node] = {}
        self.began = 0  # monotonic ns: when it began to start
        self._stopped = False
        self._followed: set[Path] = set()  # probe files of nodes that were added

    def start(self, progress: Progress = silent) -> None:
        """Start every node as early as what it needs allows; return when all are ready.

        Raises:
            CrucibleError: a node did not become ready; nothing is left running.
        """
        _refuse_unknown_ports(self.settings, self._specs)
        self.began = time.monotonic_ns()
        specs = self.make_nodes()
        self._runtime.create(progress)
        self._start_all(specs, progress)

    def rebuild(self, progress: Progress = silent) -> None:
        """End every node and start it anew, on new data where data is this machine's; links too.

        Raises:
            CrucibleError: a node did not become ready; nothing is left running.
        """
        for node in self.nodes.values():
            node.resume()
            node.stop()
        specs = [node.spec for node in self.nodes.values()]
        for spec in specs:
            if spec.data:
                shutil.rmtree(spec.data, ignore_errors=True)
        self._start_all([replace(spec, after_ready=None) for spec in specs], progress)

    def _start_all(self, specs: Sequence[NodeSpec], progress: Progress) -> None:
        ready = {name: threading.Event() for name in (*self.nodes, LINKS)}
        failed = threading.Event()
        with ThreadPoolExecutor(len(specs) + 1) as pool:
            futures: list[Future[None]] = [
                pool.submit(self._start_node, spec, ready, failed, progress) for spec in specs
            ]
            futures.append(pool.submit(self._make_links, ready, failed))
            try:
                done, _ = wait(futures, return_when=FIRST_EXCEPTION)
                for future in done:
                    future.result()
            except BaseException:  # Ctrl-C too: the pool must not wait until all are ready
                failed.set()
                self.stop()
                raise

    def make_nodes(self) -> tuple[NodeSpec, ...]:
        """Make the nodes without starting them: enough to see what there is."""
        specs = (*self._runtime.infrastructure(self.wiring, self._proxy), *self._specs)
        for spec in specs:
            self.nodes[spec.name] = self._runtime.node(spec)
            if spec.probe_file:
                self.recorder.follow(spec.probe_file, only_new=spec.foreign)
        return specs

    def stop(self) -> None:
        """End every node and remove what is not evidence. Stopping twice is harmless.

        Raises:
            CrucibleError: its runtime had been killed, so that the run is worth nothing.
        """
        if self._stopped:
            return
        self._stopped = True
        try:
            self._runtime.close()
        finally:
            self._proxy.close()
            self.hold.close()

    @property
    def foreign(self) -> bool:
        """Whether it runs elsewhere, for others: only what its target file names is touched."""
        return self.settings.runtime == EXTERNAL

    def node(self, name: str) -> Node:
        """A node by name; CrucibleError names those there are."""
        return _named(self.nodes, name, "node")

    def add(self, spec: NodeSpec) -> Node:
        """Start one more node for a fault; returns when it is ready. It ends with the stack.

        Raises:
            CrucibleError: it did not become ready, or this runtime cannot make more nodes.
        """
        if self.settings.runtime != LOCAL:
            raise CrucibleError(
                f"{spec.name} cannot be added: this runtime makes all nodes at the start, or none.",
                hint="Run it with --runtime local.",
            )
        node = self._runtime.node(replace(spec, of_fault=True))
        if spec.probe_file and spec.probe_file not in self._followed:
            self._followed.add(spec.probe_file)
            self.recorder.follow(spec.probe_file)
        self.nodes[spec.name] = node
        try:
            node.start()
        except CrucibleError:
            self.remove(spec.name)
            raise
        return node

    def remove(self, name: str) -> None:
        """End a node that was added. Where there is none, nothing is done."""
        if node := self.nodes.pop(name, None):
            node.stop()

    def address(self, name: str) -> Address:
        """Where a node itself listens, past its links."""
        address = self.node(name).spec.address
        if address is None:
            raise CrucibleError(f"{name} listens nowhere.", hint="Name a server, not a worker.")
        return address

    def link(self, name: str) -> Link:
        """A link by name (``worker->broker``); CrucibleError names those there are."""
        return _named(self.links, name, "link")

    def link_states(self) -> dict[str, str]:
        """Each link's state in a word: open, cut, or the toxics on it."""
        return self._proxy.states()

    def heal_links(self) -> None:
        """Open every link and remove every toxic."""
        self._proxy.reset()

    def run(self, argv: Sequence[str], seconds_max: float) -> Done:
        """Run a command of the target's, where it sees the truth: no fault touches its way.

        Raises:
            TimeoutError: it took longer.
            OSError, CrucibleError: it cannot be started.
        """
        return self._runtime.run(argv, self.wiring.direct_environment(), seconds_max)

    def versions(self) -> dict[str, str]:
        """Versions of the servers, and of what the target's interpreter has."""
        asked = self.run(versions.question(str(self.wiring.site.paths.python)), ASK_SECONDS_MAX)
        return self._runtime.versions() | versions.answer(asked.output)

    def _start_node(
        self,
        spec: NodeSpec,
        ready: Mapping[str, threading.Event],
        failed: threading.Event,
        progress: Progress,
    ) -> None:
        if not _wait_for(spec.needs, ready, failed):
            return
        _refuse_taken_port(spec)
        if spec.before_start:
            spec.before_start(progress)
        self.timings[spec.name] = self.nodes[spec.name].start()
        if spec.after_ready:
            spec.after_ready(progress)
        ready[spec.name].set()
        progress(f"{spec.name} is ready")

    def _make_links(self, ready: Mapping[str, threading.Event], failed: threading.Event) -> None:
        if _wait_for(frozenset({infrastructure.TOXIPROXY}), ready, failed):
            self._proxy.populate(list(self.links.values()))
            ready[LINKS].set()


@contextmanager
def started(
    settings: StackSettings,
    servers: Mapping[str, Server],
    directory: RunDirectory,
    progress: Progress = silent,
) -> Iterator[Stack]:
    """A stack that runs inside the block and is gone after it."""
    recorder = Recorder(directory.history).start()
    try:
        stack = Stack(settings, servers, directory, recorder)
        try:
            stack.start(progress)
            yield stack
        finally:
            stack.stop()
    finally:
        recorder.close()


def _wait_for(
    needs: frozenset[str], ready: Mapping[str, threading.Event], failed: threading.Event
) -> bool:
    for need in needs:
        while not ready[need].wait(0.05):
            if failed.is_set():
                return False
    return not failed.is_set()


def _refuse_unknown_ports(settings: StackSettings, specs: Iterable[NodeSpec]) -> None:
    known = {BROKER, DATABASE, infrastructure.TOXIPROXY, *(spec.name for spec in specs)}
    for name in settings.ports:
        _named(dict.fromkeys(known), name, "node")


def _refuse_taken_port(spec: NodeSpec) -> None:
    if spec.address and not spec.foreign and not is_free(spec.address.port):
        raise CrucibleError(
            f"Port {spec.address.port} for {spec.name} is taken by another program.",
            hint=f"End that program, or choose another with --port {spec.name}=PORT.",
        )


def _named(things: Mapping[str, Thing], name: str, kind: str) -> Thing:
    if name not in things:
        raise CrucibleError(
            f"There is no {kind} {name!r}.", hint=f"There are: {', '.join(sorted(things))}."
        )
    return things[name]
