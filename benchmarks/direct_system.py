"""Nodes of the plain target and a Redis for them alone, with no proxy between.

A proxy would add to the time of both sides and so make what is measured look smaller.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from redis import Redis

from harness import run_directory
from harness.brokers import BROKERS
from harness.brokers.broker import BROKER
from harness.node import Address, NodeSpec
from harness.plan import Planner
from harness.recorder import Recorder
from harness.runtime.local_site import LocalSite
from harness.runtime.processes import LocalNode, Processes
from harness.servers.install import ensure
from harness.target import Target, load
from harness.wiring import Wiring

PLAIN = Path(__file__).parents[1] / "tests" / "targets" / "plain" / "target.toml"


@dataclass(frozen=True, slots=True)
class DirectSystem:
    """What a benchmark needs of it."""

    planner: Planner
    specs: dict[str, NodeSpec]
    environment: dict[str, str]  # past every link
    broker: Address
    recorder: Recorder
    runtime: Processes

    def spec(self, name: str) -> NodeSpec:
        """A node as the stack would run it, but past its links, and never started again."""
        spec = self.specs[name]
        direct = {variable: self.environment[variable] for variable in self.planner.overrides[name]}
        return replace(spec, environment={**spec.environment, **direct}, restart_delay=None)

    def node(self, spec: NodeSpec) -> LocalNode:
        """A node, not yet started."""
        return self.runtime.node(spec)

    @property
    def broker_url(self) -> str:
        """Redis, as Celery names it."""
        return BROKERS["redis"].url(self.broker)

    def redis(self) -> Redis:
        """A client of the broker."""
        return Redis(*self.broker)


def plain() -> Target:
    """The plain target of the tests."""
    return load(PLAIN)


@contextmanager
def running(target: Target) -> Iterator[DirectSystem]:
    """Redis runs inside the block; every node started is gone after it."""
    redis = ensure(["redis"])["redis"]
    with tempfile.TemporaryDirectory(prefix="crucible-benchmark-") as folder:
        directory = run_directory.create("benchmark", Path(folder))
        site = LocalSite(target, directory.path, directory.path, {})
        wiring = Wiring(target, None, site)
        planner = Planner(wiring, directory.path)
        specs = {spec.name: spec for spec in planner.nodes()}
        recorder = Recorder(directory.history).start()
        runtime = Processes(recorder, directory.nodes)
        try:
            broker = wiring.servers[BROKER].outside
            spec = BROKERS["redis"].node(redis, broker, site.take_port, directory.path)
            runtime.node(spec).start()
            environment = wiring.direct_environment()
            yield DirectSystem(planner, specs, environment, broker, recorder, runtime)
        finally:
            runtime.close()
            recorder.close()
            site.close()
