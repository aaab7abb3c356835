"""What the Crucible tab shows: nodes, links, queues, figures over time, faults, guarantees."""

import time
from dataclasses import dataclass
from typing import Any, Final

import psutil

from harness.checkers.stages import TOTAL
from harness.errors import CrucibleError
from harness.node import Node
from harness.session import Session
from load.control.faults import Faults
from load.control.guarantees import Guarantees
from load.control.timings import Timings
from load.control.watch import Watch

NS_PER_S: Final = 1e9


@dataclass(slots=True)
class State:
    """One session under load, to be looked at."""

    session: Session
    timings: Timings
    watch: Watch
    faults: Faults
    guarantees: Guarantees
    phase: str = "starting"

    @property
    def calm(self) -> bool:
        """Whether nothing is under way that has been seen."""
        return not self.session.tracker.outstanding

    def to_json(self) -> dict[str, Any]:
        """Everything, now."""
        stack, tracker = self.session.stack, self.session.tracker
        return {
            "now": time.monotonic_ns() / NS_PER_S,
            "phase": self.phase,
            "target": stack.settings.target.name,
            "run": str(stack.directory.path),
            "nodes": [_node(node) for node in stack.nodes.values()],
            "links": self._links(),
            "queues": self.watch.queues(),
            "oldest_seconds": round(self.timings.oldest_seconds(), 2),
            "in_flight": len(tracker.outstanding),
            "running": len(tracker.running),
            "total": self.timings.figures(TOTAL),
            "series": self.timings.series(),
            "windows": self.watch.windows(),
            "faults": self.faults.active(),
            "guarantees": self.guarantees.so_far(),
        }

    def _links(self) -> list[dict[str, Any]]:
        try:
            states = self.session.stack.link_states()
        except CrucibleError:  # Toxiproxy itself is down
            return [{"name": name, "state": "unknown"} for name in self.session.stack.links]
        return [{"name": name, "state": states.get(name, "unknown")} for name in states]


def _node(node: Node) -> dict[str, Any]:
    return {
        "name": node.name,
        "state": _foreign_state(node) if node.spec.foreign else _node_state(node.pid),
        "pid": node.pid,
        "restarts": node.restarts,
        "pages": dict(node.spec.pages),
    }


def _foreign_state(node: Node) -> str:
    """As its commands or its address tell; that it is not seen need not mean that it is down."""
    return "up" if node.is_ready else "not seen"


def _node_state(pid: int | None) -> str:
    if pid is None:
        return "down"
    try:
        stopped = psutil.Process(pid).status() == psutil.STATUS_STOPPED
    except psutil.Error:
        return "up"  # in a container, or just gone: its pid says as much as we know
    return "paused" if stopped else "up"
