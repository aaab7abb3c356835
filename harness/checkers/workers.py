"""What workers told of themselves: their queues, their pool processes, and when these were idle."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from harness.checkers.attempts import Attempt, attempts_of
from harness.checkers.moments import Span, watched
from harness.event import (
    CHILD_EXITED,
    CHILD_STARTED,
    CONSUMING,
    DISCONNECTED,
    NODE_EXITED,
    NODE_READY,
    NODE_UP,
)
from harness.history import History

NOBODY: Final = 0


def queues_of(history: History) -> Mapping[str, frozenset[str]]:
    """The queues that each worker consumes, as far as they were told."""
    told = (event for event in history if event.type in (NODE_UP, NODE_READY))
    return {e.id: frozenset(e.detail["queues"]) for e in told if "queues" in e.detail}


class Child(NamedTuple):
    """A pool process."""

    node: str
    pid: int


def lives(history: History) -> dict[Child, list[Span]]:
    """When each pool process lived. The pid may be used again later, so there can be several."""
    end, found = watched(history).until, dict[Child, list[Span]]()
    living: dict[Child, int] = {}
    for event in sorted(history, key=lambda each: each.mono):  # lines of two nodes may be swapped
        if event.type == NODE_UP:
            living |= {Child(event.id, pid): event.mono for pid in event.detail.get("children", ())}
        elif event.type == CHILD_STARTED:
            living.setdefault(Child(event.id, event.detail["pid"]), event.mono)
        elif event.type in (CHILD_EXITED, NODE_EXITED):
            pid = event.detail["pid"] if event.type == CHILD_EXITED else None
            for child in [c for c in living if c.node == event.id and pid in (None, c.pid)]:
                found.setdefault(child, []).append(Span(living.pop(child), event.mono))
    for child, since in living.items():
        found.setdefault(child, []).append(Span(since, end))
    return found


def disconnected(history: History) -> dict[str, list[Span]]:
    """When each worker had lost its broker: until it consumed again, or to the end."""
    end, found, lost = watched(history).until, dict[str, list[Span]](), dict[str, int]()
    for event in history:
        if event.type == DISCONNECTED:
            lost.setdefault(event.id, event.mono)
        elif event.type == CONSUMING and event.id in lost:
            found.setdefault(event.id, []).append(Span(lost.pop(event.id), event.mono))
    for node, since in lost.items():
        found.setdefault(node, []).append(Span(since, end))
    return found


def idle(
    history: History, but_for: Mapping[str, list[Span]] = MappingProxyType({})
) -> dict[Child, list[Span]]:
    """When each pool process lived and ran nothing, ``but_for`` these times of its worker's."""
    end = watched(history).until
    busy: dict[Child, list[Span]] = {}
    for attempt in attempts_of(history):
        busy.setdefault(Child(attempt.node, attempt.pid), []).append(span_of(attempt, end))
    return {
        child: [
            gap
            for life in spans
            for gap in _gaps(life, sorted([*busy.get(child, ()), *but_for.get(child.node, ())]))
        ]
        for child, spans in lives(history).items()
    }


def span_of(attempt: Attempt, end: int) -> Span:
    """When it ran: until the end of what was watched, if its own was never seen."""
    until = attempt.until
    return Span(attempt.start[1].mono, end if until is None else until)


def _gaps(life: Span, busy: list[Span]) -> list[Span]:
    """What of a life is left between the busy spans, which are in order."""
    gaps, since = [], life.since
    for span in busy:
        if span.since >= life.until:
            break
        if span.since > since:
            gaps.append(Span(since, span.since))
        since = max(since, span.until)
    return [*gaps, Span(since, life.until)] if since < life.until else gaps
