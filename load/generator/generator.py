"""This Locust process as a generator: what it asks for, and its own evidence of it."""

import csv
import itertools
import os
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

from harness.client.publisher import Enqueue, Publisher
from harness.event import FAIL, INVOKE, Event
from harness.node import Address
from harness.operation import Expectation
from load.generator.control import Control
from load.templates import Draw, Source, Template

MISSED: Final = {"missed": True}


@dataclass(frozen=True, slots=True)
class Work:
    """One kind of work to enqueue, its templates compiled."""

    name: str
    weight: float
    plan: Template
    canvas: bool
    expects: Template

    @classmethod
    def of(cls, task: dict[str, Any]) -> "Work":
        """From the control server's plan."""
        canvas = "task" not in task["plan"]
        expects = Template(task["expects"])
        return cls(task["name"], task["weight"], Template(task["plan"]), canvas, expects)

    def order(self, draw: Draw, id_: str, due: int) -> Enqueue:
        """One operation of it."""
        plan = self.plan.filled(draw)
        expects = [Expectation(*each) for each in self.expects.filled(draw)]
        if self.canvas:
            return Enqueue(self.name, expects=expects, id=id_, due=due, canvas=plan)
        return Enqueue(
            plan["task"], plan["args"], plan["kwargs"], plan["options"], expects, id_, due
        )


class Evidence:
    """Appends events to a file of this generator's own, one write each, as probes do."""

    def __init__(self, node: str, path: str) -> None:
        self._node = node
        self._descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def record(self, type_: str, id_: str, name: str, detail: dict[str, Any]) -> None:
        """Append one event, now."""
        clocks = time.monotonic_ns(), time.time_ns()
        event = Event(*clocks, self._node, type_, id_, name, detail)
        os.write(self._descriptor, event.to_json().encode() + b"\n")


class Generator:
    """Knows the plan; enqueues and records for all users of this process."""

    def __init__(self, control: Control, plan: dict[str, Any]) -> None:
        settings = control.ask("POST", "/generators", {})
        self.plan = plan
        self.evidence = Evidence(settings["name"], settings["evidence"])
        self.missed = 0
        self._seed = f"{plan['seed']}:{settings['number']}"
        self._number: int = settings["number"]
        self._users = itertools.count(1)
        self._publisher = Publisher(Address(*plan["client"]))
        rows = _rows(plan["data"])
        self.rng = Random(self._seed)
        self.source = Source(Random(f"{self._seed}:data"), self._number, rows)
        self.works = [Work.of(task) for task in plan["tasks"]]
        self._weights = [work.weight for work in self.works]

    def next_user(self) -> tuple[int, Random]:
        """A number and a random generator for one more user."""
        number = next(self._users)
        return number, Random(f"{self._seed}:{number}")

    def new_id(self) -> str:
        """An operation's id; the seed decides it."""
        return new_id(self.rng)

    def enqueue(self, due: int, *, more: bool) -> None:
        """Ask for one piece of work; whether it is taken is told by the client's evidence.

        ``more``: another is asked for at once.
        """
        (work,) = self.rng.choices(self.works, self._weights)
        order = work.order(self.source.operation(), self.new_id(), due)
        try:
            self._publisher.enqueue(order, more=more)
        except OSError as error:  # the client is gone, or was killed
            self.miss(order.task, due, f"the client node does not take it: {error}", "enqueue")

    def miss(self, name: str, due: int, why: str, kind: str) -> None:
        """Record an arrival that was due and could not be started."""
        self.missed += 1
        id_ = self.new_id()
        self.evidence.record(INVOKE, id_, name, {"kind": kind, "due": due, **MISSED})
        self.evidence.record(FAIL, id_, name, {"reason": f"not started: {why}"})

    def close(self) -> None:
        """Close the connection; what was handed over is still published."""
        self._publisher.close()


def new_id(rng: Random) -> str:
    """A UUID of version 4 (the module ``uuid`` takes three times as long to make one)."""
    bits = f"{rng.getrandbits(128):032x}"
    return f"{bits[:8]}-{bits[8:12]}-4{bits[13:16]}-a{bits[17:20]}-{bits[20:]}"


def _rows(path: str | None) -> list[dict[str, str]]:
    if path is None:
        return []
    with Path(path).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
