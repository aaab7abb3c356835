"""What is loaded, how, and what it must come to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from harness.known_weakness import KnownWeakness, known_of
from harness.runtime import LOCAL
from harness.stack import StackSettings
from harness.target import BUNDLED
from load.disturbance import Disturbance, Nemesis, Outage
from load.locust_process import LocustOptions
from load.settings import LoadSettings
from load.shape import Shape

SUITE: Final = "load"
STAGES: Final = {"CRUCIBLE_STAGES": "1"}  # the probe tells a task's result from its run
DRAIN_SECONDS_MAX: Final = 120.0


@dataclass(frozen=True, slots=True)
class Foreign:
    """What is watched of a system that runs elsewhere; of the rest nothing is known."""

    nodes: Sequence[str]
    queues: Sequence[str]

    def narrowed(self, wanted: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        """The same guarantees, unknown where what is not watched would decide them."""
        watched: dict[str, dict[str, Any]] = {
            "no-task-lost": {"queues": list(self.queues)},
            "meets-thresholds": {"queues": list(self.queues)},
            "no-unexpected-execution": {"publishers_known": False},
            "effects-match": {"alone": False},
            "nodes-stay-up": {"nodes": list(self.nodes)},
        }
        return {name: {**given, **watched.get(name, {})} for name, given in wanted.items()}


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """One load."""

    name: str
    settings: LoadSettings
    shape: Shape | None  # None: a person says it in Locust's UI
    thresholds: Sequence[str]
    locust: LocustOptions
    drain_seconds_max: float = DRAIN_SECONDS_MAX
    disturbance: Disturbance | None = None  # what is broken meanwhile
    foreign: Foreign | None = None  # it runs elsewhere, for others too

    def at(self, rate: float, number: int) -> "LoadPlan":
        """A trial at another rate, whose figures are nobody's promise."""
        assert self.shape
        shape = replace(self.shape, rate=rate)
        return replace(self, name=f"trial-{number}", shape=shape, thresholds=())

    @property
    def title(self) -> str:
        """One line for people."""
        return f"{self.shape.kind} load, {self.shape.rate:g}/s" if self.shape else "load by hand"

    @property
    def guarantees(self) -> dict[str, dict[str, Any]]:
        """What it is judged by: guarantee -> the checker's settings."""
        wanted: dict[str, dict[str, Any]] = {"no-task-lost": {}, "no-unexpected-execution": {}}
        if self.settings.pages or any(task.expects for task in self.settings.tasks):
            wanted["effects-match"] = {}
        if self.thresholds:
            wanted["meets-thresholds"] = {"limits": list(self.thresholds)}
        if self.disturbance:
            wanted |= {"faults-took-effect": {}, "nodes-stay-up": {}}
        if isinstance(self.disturbance, Outage):
            wanted["drains-after-heal"] = {}
        return self.foreign.narrowed(wanted) if self.foreign else wanted

    def weaknesses(self, stack: StackSettings) -> list[KnownWeakness]:
        """What the target's file excuses under load."""
        return known_of(stack.target, self.settings.known_weaknesses, self.guarantees)

    def words(self, stack: StackSettings, seed: int) -> Iterator[str]:
        """The command that loads once more."""
        yield from ("crucible", "load", "--seed", str(seed), "--broker", stack.target.broker)
        if self.locust.headless:
            yield "--headless"
        if self.shape:
            yield from ("--shape", self.shape.kind, "--rate", f"{self.shape.rate:g}")
            yield from ("--duration", f"{self.shape.duration:g}s")
        for text in self.thresholds:
            yield from ("--threshold", text)
        if isinstance(self.disturbance, Outage):
            yield from ("--outage", f"{self.disturbance.seconds:g}s")
        elif isinstance(self.disturbance, Nemesis):
            yield from ("--chaos", self.disturbance.chosen)
        if self.locust.workers:
            yield from ("--workers", str(self.locust.workers))
        yield from _stack_words(stack)


def _stack_words(stack: StackSettings) -> Iterator[str]:
    if stack.variant:
        yield from ("--variant", stack.variant)
    for name, count in stack.scale.items():
        yield from ("--scale", f"{name}={count}")
    if stack.runtime != LOCAL:
        yield from ("--runtime", stack.runtime)
    if stack.target.file.resolve() != BUNDLED:
        yield from ("--target", str(stack.target.file))


def staged(stack: StackSettings) -> StackSettings:
    """The stack with probes that tell each stage of a task."""
    environment = {**stack.target.environment, **STAGES}
    target = stack.target.model_copy(update={"environment": environment})
    return replace(stack, target=target)
