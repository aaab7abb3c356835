"""A worker that lives takes work while there is work for it.

A stalled one is up, answers when it is asked, and consumes nothing while its queue is not empty
and one of its processes is idle. Celery's own remedies do not notice it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from harness.checkers.conclusion import NS_PER_MS, Findings
from harness.checkers.moments import Span, disturbances, watched
from harness.checkers.workers import idle, queues_of
from harness.event import NODE_EXITED, NODE_READY, NODE_UP, RECEIVED, SAMPLE, STARTED
from harness.history import History
from harness.verdict import Verdict

# A queue is sampled ten times a second; a longer silence is one of which nothing is known.
SAMPLED_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class WorkerNotStalled:
    """Time in which a fault is in force does not count; what follows its heal does."""

    guarantee: ClassVar[str] = "worker-not-stalled"
    stall_ms_max: int = 5_000

    def check(self, history: History) -> Verdict:
        """Judge; unknown when no queue of a known worker was ever seen to hold work."""
        found, queues = Findings(history), queues_of(history)
        work = list(_work(history, frozenset().union(*queues.values())))
        gaps = idle(history)
        for node, consumed in queues.items():
            theirs = [span for queue, span in work if queue in consumed]
            idles = [gap for child, each in gaps.items() if child.node == node for gap in each]
            found.judged += bool(theirs)
            for span in self._stalls(_silences(history, node), theirs, idles):
                self._stalled(history, node, span, found)
        return found.verdict(
            self.guarantee,
            kept=f"No idle worker left work alone for more than {self.stall_ms_max} ms.",
            untested="No queue of a worker that told of itself was ever seen to hold work.",
            counts={"workers": len(queues)},
        )

    def _stalls(self, silences: Iterable[Span], *others: list[Span]) -> list[Span]:
        """When it took nothing, there was work, and a process was idle, all for too long."""
        stalls = self._long(silences)
        for spans in others:
            stalls = self._long(a.common(b) for a in stalls for b in self._long(spans))
        # One stall for all processes that were idle in it.
        return [s for s in stalls if not any(s != o and s.common(o) == s for o in stalls)]

    def _long(self, spans: Iterable[Span]) -> list[Span]:
        return list(dict.fromkeys(s for s in spans if s.length > self.stall_ms_max * NS_PER_MS))

    def _stalled(self, history: History, node: str, span: Span, found: Findings) -> None:
        lines = [
            line
            for line, e in history.numbered()
            if e.type == SAMPLE and span.since <= e.mono <= span.until and e.detail["ready"]
        ]
        said = (
            f"{node} was up and idle, and took nothing for {span.length // NS_PER_MS} ms "
            f"(at most {self.stall_ms_max}) although there was work."
        )
        found.late(said, None, (*lines[:1], *lines[-1:]), span)


def _work(history: History, queues: frozenset[str]) -> Iterator[tuple[str, Span]]:
    """When each queue was seen, again and again, to hold messages that nobody had taken."""
    open_: dict[str, Span] = {}
    for event in sorted((e for e in history if e.type == SAMPLE), key=lambda e: e.mono):
        if event.id not in queues:
            continue
        span = open_.get(event.id)
        if span and (not event.detail["ready"] or event.mono - span.until > SAMPLED_NS):
            yield event.id, open_.pop(event.id)
        if event.detail["ready"]:
            since = open_[event.id].since if event.id in open_ else event.mono
            open_[event.id] = Span(since, event.mono)
    yield from open_.items()


def _silences(history: History, node: str) -> Iterator[Span]:
    """When the node was up and no fault in force, from one thing it took to the next."""
    since: int | None = None
    for mono, alive in sorted(_signs(history, node)):
        if since is not None and mono > since:
            yield Span(since, mono)
        since = mono if alive else None


def _signs(history: History, node: str) -> Iterator[tuple[int, bool]]:
    """Moments at which the node took something or changed, and whether it counts from then on."""
    faults = disturbances(history)
    for event in history:
        took = event.node == node and event.type in (RECEIVED, STARTED)
        if took or (event.id == node and event.type in (NODE_UP, NODE_READY)):
            yield event.mono, not _within(event.mono, faults)
        elif event.id == node and event.type == NODE_EXITED:
            yield event.mono, False
    for fault in faults:
        yield fault.since, False
        yield fault.until, not _within(fault.until, [f for f in faults if f != fault])
    yield watched(history).until, False


def _within(mono: int, faults: list[Span]) -> bool:
    return any(fault.since <= mono < fault.until for fault in faults)
