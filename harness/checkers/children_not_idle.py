"""No pool process is idle while work for it waits: prefetch does not hoard, and nobody is starved.

Work that waits in the queue and work that another worker has prefetched wait alike. A worker that
is connecting anew after a fault is not judged meanwhile: Celery tries after 2, 4, 6 s, so that it
may come back 4 s after a link of which 2 s were missing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from harness.checkers.conclusion import NS_PER_MS, Findings
from harness.checkers.moments import Span, disturbances, disturbed
from harness.checkers.waits import Wait, waits_of
from harness.checkers.workers import Child, disconnected, idle, queues_of
from harness.history import History
from harness.verdict import Verdict


@dataclass(frozen=True, slots=True)
class ChildrenNotIdle:
    """Judges each wait longer than the bound, outside of faults."""

    guarantee: ClassVar[str] = "children-not-idle"
    idle_ms_max: int = 2_000  # at a stretch
    ignore: tuple[str, ...] = ()  # names of tasks that nobody waits for

    def check(self, history: History) -> Verdict:
        """Judge; unknown when nothing waited for so long, or no worker told of its children."""
        found, faults = Findings(history), disturbances(history)
        queues = queues_of(history)
        resting = idle(history, but_for=disconnected(history))
        gaps = {child: self._all_long(spans) for child, spans in resting.items()}
        waited = [w for w in waits_of(history, self.ignore) if self._long(w.span)]
        for wait in waited:
            theirs = {c: gaps[c] for c in gaps if wait.queue in queues.get(c.node, ())}
            if theirs and not disturbed(wait.span, faults):
                found.judged += 1
                self._judge(wait, theirs, found)
        return found.verdict(
            self.guarantee,
            kept=f"No child was idle for more than {self.idle_ms_max} ms "
            f"while any of {found.judged} tasks waited.",
            untested=self._untested(bool(waited), bool(gaps and queues)),
            counts={"waited": len(waited), "children": len(gaps)},
        )

    def _long(self, span: Span) -> bool:
        return span.length > self.idle_ms_max * NS_PER_MS

    def _all_long(self, spans: list[Span]) -> list[Span]:
        return [span for span in spans if self._long(span)]

    def _judge(self, wait: Wait, gaps: Mapping[Child, list[Span]], found: Findings) -> None:
        for child, spans in gaps.items():
            together = max((wait.span.common(gap) for gap in spans), key=_length, default=None)
            if together and self._long(together):
                said = (
                    f"{wait.task} waited in {wait.queue} for {wait.span.length // NS_PER_MS} ms, "
                    f"while process {child.pid} of {child.node} was idle for "
                    f"{together.length // NS_PER_MS} ms (at most {self.idle_ms_max})."
                )
                found.late(said, wait.task.id, wait.lines, together)
                return

    def _untested(self, waited: bool, told: bool) -> str:
        if not told:
            return "No worker told of its queues and processes."
        if not waited:
            return f"No task waited for more than {self.idle_ms_max} ms."
        return "All that waited did so while a fault was in force, or where no worker is known."


def _length(span: Span) -> int:
    return span.length
