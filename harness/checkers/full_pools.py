"""When all processes of a worker were at work, so that nothing more could begin there."""

from collections.abc import Mapping, Sequence

from harness.checkers.attempts import attempts_of
from harness.checkers.moments import Span, watched
from harness.checkers.workers import span_of
from harness.history import History


def full_pools(history: History) -> Mapping[str, Sequence[Span]]:
    """By node, when it ran as many tasks at a time as it was ever seen to run.

    A worker that never had more than one task at a time is taken for one that can do no more.
    """
    end = watched(history).until
    changes: dict[str, list[tuple[int, int]]] = {}
    for attempt in attempts_of(history):
        ran = span_of(attempt, end)
        changes.setdefault(attempt.node, []).extend([(ran.since, 1), (ran.until, -1)])
    return {node: _full(sorted(told)) for node, told in changes.items()}


def _full(changes: Sequence[tuple[int, int]]) -> list[Span]:
    running, levels = 0, []
    for mono, change in changes:
        running += change
        levels.append((mono, running))
    most = max(level for _, level in levels)
    following = [mono for mono, _ in levels[1:]]
    return [
        Span(mono, until)
        for (mono, level), until in zip(levels, following, strict=False)
        if level == most
    ]


def full_ns(span: Span, full: Sequence[Span]) -> int:
    """How much of the span, in nanoseconds, all were at work."""
    return sum(max(0, span.common(each).length) for each in full)
