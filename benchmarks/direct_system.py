"""Nodes of the plain target and a Redis for them alone, with no proxy between.

A proxy would add to the time of both sides and so make what is measured look smaller.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from redis import Redis

from harness import infrastructure, run_directory
from harness.node import Address, NodeSpec
from harness.plan import BROKER, Plan, Planner, broker_url
from harness.recorder import Recorder
from harness.runtime.local import LocalNode, LocalRuntime
from harness.runtime.ports import Ports
from harness.servers.install import ensure
from harness.target import Target, load

PLAIN = Path(__file__).parents[1] / "tests" / "targets" / "plain" / "target.toml"


@dataclass(frozen=True, slots=True)
class DirectSystem:
    """What a benchmark needs of it."""

    plan: Plan
    environment: dict[str, str]  # past every link
    broker: Address
    recorder: Recorder
    runtime: LocalRuntime

    def spec(self, name: str) -> NodeSpec:
        """A node as the stack would run it, but past its links, and never started again."""
        spec = next(spec for spec in self.plan.nodes if spec.name == name)
        direct = {variable: self.environment[variable] for variable in self.plan.overrides[name]}
        return replace(spec, environment={**spec.environment, **direct}, restart_delay=None)

    def node(self, spec: NodeSpec) -> LocalNode:
        """A node, not yet started."""
        return self.runtime.node(spec)

    @property
    def broker_url(self) -> str:
        """Redis, as Celery names it."""
        return broker_url(self.broker)

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
    ports = Ports()
    with tempfile.TemporaryDirectory(prefix="crucible-benchmark-") as folder:
        directory = run_directory.create("benchmark", Path(folder))
        planner = Planner(target, None, ports, directory.path, directory.path, {})
        plan = planner.plan()
        recorder = Recorder(directory.history).start()
        runtime = LocalRuntime(recorder, directory.nodes)
        try:
            broker = planner.servers[BROKER]
            runtime.node(infrastructure.redis(redis, broker, directory.path)).start()
            environment = planner.direct_environment()
            yield DirectSystem(plan, environment, broker, recorder, runtime)
        finally:
            runtime.close()
            recorder.close()
            ports.close()
