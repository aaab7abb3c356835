"""A worker that lives has all the pool processes it began with: one that ends is replaced.

A process that is missing for good halves what a small worker does, and nothing else tells of it:
the worker answers, and takes work.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from harness.checkers.conclusion import NS_PER_MS, Findings
from harness.checkers.moments import Span, watched
from harness.checkers.workers import lives
from harness.event import CHILD_EXITED, NODE_EXITED, NODE_READY, NODE_UP, SHUTTING_DOWN
from harness.history import History
from harness.verdict import Verdict


@dataclass(frozen=True, slots=True)
class PoolStaysWhole:
    """Judges each worker that told of its processes, from when it is ready until it is to end."""

    guarantee: ClassVar[str] = "pool-stays-whole"
    # Celery may learn of an exit only when it looks, every 5 s (concurrency/asynpool.py).
    missing_ms_max: int = 15_000

    def check(self, history: History) -> Verdict:
        """Judge; unknown when no pool process ended while its worker went on."""
        found, living = Findings(history), lives(history)
        ended = 0
        for node, size, up in _ups(history):
            theirs = [s for c, spans in living.items() if c.node == node for s in spans]
            if not any(span.meets(up) for span in theirs):
                continue  # no processes, as in a pool of threads
            found.judged += (gone := _ended(history, node, up)) > 0
            ended += gone
            for span in _short(theirs, size, up):
                self._missing(history, node, size, span, found)
        return found.verdict(
            self.guarantee,
            kept=f"{ended} pool processes ended, and each was replaced within "
            f"{self.missing_ms_max} ms.",
            untested="No pool process ended while its worker went on.",
            counts={"ended": ended},
        )

    def _missing(self, history: History, node: str, size: int, span: Span, found: Findings) -> None:
        lines = [
            line
            for line, e in history.numbered()
            if e.id == node and e.type in (CHILD_EXITED, NODE_READY) and e.mono <= span.since
        ]
        short = f"{node} had fewer than its {size} processes for {span.length // NS_PER_MS} ms"
        if span.length > self.missing_ms_max * NS_PER_MS:
            said = f"{short} (at most {self.missing_ms_max})."
            found.late(said, None, tuple(lines[-1:]), span)
        elif span.until == watched(history).until:
            found.doubt(f"{short}, and was not watched for longer.", None, tuple(lines[-1:]))


def _ups(history: History) -> Iterator[tuple[str, int, Span]]:
    """Each time a worker was up: its name, how many processes it is to have, and how long."""
    end, since = watched(history).until, dict[str, tuple[int, int]]()
    for event in sorted(history, key=lambda e: e.mono):
        node, size = event.id, event.detail.get("concurrency")
        if event.type in (NODE_UP, NODE_READY) and size:
            since.setdefault(node, (event.mono, size))
        elif event.type in (NODE_EXITED, SHUTTING_DOWN) and node in since:
            mono, told = since.pop(node)
            yield node, told, Span(mono, event.mono)
    for node, (mono, told) in since.items():
        yield node, told, Span(mono, end)


def _short(theirs: list[Span], size: int, up: Span) -> Iterator[Span]:
    """When fewer than ``size`` of these lives went on, within ``up``."""
    changes = [(span.since, 1) for span in theirs] + [(span.until, -1) for span in theirs]
    living, since, short = 0, up.since, True
    for mono, change in sorted(changes):
        moment = min(max(mono, up.since), up.until)
        living += change
        if living < size and not short:
            short, since = True, moment
        elif living >= size and short:
            short = False
            if moment > since:
                yield Span(since, moment)
    if short and up.until > since:
        yield Span(since, up.until)


def _ended(history: History, node: str, up: Span) -> int:
    exits = (e for e in history if e.type == CHILD_EXITED and e.id == node)
    return sum(up.since < e.mono < up.until for e in exits)
