"""After a storm each node holds no more than before: memory, descriptors, connections.

The level before is that of the samples up to the phase `disturb` or the first fault (or else the
drain), the level after that of the samples since the last task was at work or the last fault was
healed; each is a median.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import ClassVar

from harness.checkers.attempts import Numbered
from harness.checkers.conclusion import Findings
from harness.checkers.tasks import TASK_EVENTS
from harness.event import FAULT_HEALED, FAULT_INJECTED, NODE_STARTED, PHASE, RESOURCE
from harness.history import History
from harness.verdict import Verdict

WORK = TASK_EVENTS | {FAULT_HEALED}
SAMPLES_MIN = 2  # of each level: one alone may have caught a moment


@dataclass(frozen=True, slots=True)
class ResourcesReturn:
    """How much more each may be afterwards. A node that was started anew has no level before."""

    guarantee: ClassVar[str] = "resources-return"
    memory_percent_max: int = 25
    memory_kib_max: int = 32_768  # growth below this is not judged, whatever its percentage
    descriptors_max: int = 10
    connections_max: int = 4
    # Each process of PostgreSQL keeps the files it has opened, up to max_files_per_process
    # (src/backend/storage/file/fd.c): their number tells of what was asked, not of a leak.
    keeps_files_open: tuple[str, ...] = ("database",)
    nodes: tuple[str, ...] = ()  # none: all that were sampled
    ignore: tuple[str, ...] = ()  # names of tasks that are no work, background ones

    def check(self, history: History) -> Verdict:
        """Judge; unknown when no node was sampled both before and after."""
        found = Findings(history)
        before, after = _levels(history, *self._storm(history))
        for node in sorted(before.keys() | after.keys()):
            if not self.nodes or node in self.nodes:
                samples = before.get(node, []), after.get(node, [])
                if min(map(len, samples)) < SAMPLES_MIN:
                    self._too_few(node, *samples, found)
                else:
                    found.judged += 1
                    self._judge(node, *samples, found)
        return found.verdict(
            self.guarantee,
            kept=f"All {found.judged} nodes hold no more than before.",
            untested="No node was sampled before and after.",
            counts={"samples": sum(map(len, (*before.values(), *after.values())))},
        )

    def _too_few(
        self, node: str, before: list[Numbered], after: list[Numbered], found: Findings
    ) -> None:
        if self.nodes or (before and after):
            said = f"{node} was sampled {len(before)} times before and {len(after)} times after."
            found.doubt(said, None, tuple(line for line, _ in (*before, *after)))

    def _judge(
        self, node: str, before: list[Numbered], after: list[Numbered], found: Findings
    ) -> None:
        lines = (before[-1][0], after[-1][0])
        for what, bound in self._bounds(node, before).items():
            was, now = _level(before, what), _level(after, what)
            if now > was + bound:
                grew = f"{node} holds {now:.0f} {what} after, and held {was:.0f} before"
                found.break_(f"{grew} (at most {bound:.0f} more).", None, lines)

    def _storm(self, history: History) -> tuple[float, float]:
        """When it began (or else the drain), and since when all was calm."""
        phases = [e for e in history if e.type == PHASE]
        drains = [e for e in phases if e.name == "drain"]
        storms = [e.mono for e in history if e.type == FAULT_INJECTED]
        storms += [e.mono for e in phases if e.name == "disturb"]
        begun = min(storms or [e.mono for e in drains], default=float("inf"))
        if not any("quiet" in e.detail for e in drains):
            return begun, float("inf")
        work = [e.mono for e in history if e.type in WORK and e.name not in self.ignore]
        return begun, max(work, default=begun)

    def _bounds(self, node: str, before: list[Numbered]) -> Mapping[str, float]:
        share = _level(before, "rss_kib") * self.memory_percent_max / 100
        bounds = {
            "rss_kib": max(share, self.memory_kib_max),
            "descriptors": self.descriptors_max,
            "connections": self.connections_max,
        }
        if node in self.keeps_files_open:
            del bounds["descriptors"]
        return bounds


def _level(samples: list[Numbered], what: str) -> float:
    return float(median(event.detail[what] for _, event in samples))


def _levels(
    history: History, storm: float, calm: float
) -> tuple[dict[str, list[Numbered]], dict[str, list[Numbered]]]:
    """Each node's samples before the storm began and since it has been calm."""
    levels: tuple[dict[str, list[Numbered]], dict[str, list[Numbered]]] = ({}, {})
    for line, event in history.numbered():
        if event.type == NODE_STARTED:
            for each in levels:
                each.pop(event.id, None)  # another process, which starts from nothing
        elif event.type == RESOURCE and (event.mono < storm or event.mono > calm):
            levels[event.mono > calm].setdefault(event.id, []).append((line, event))
    return levels
