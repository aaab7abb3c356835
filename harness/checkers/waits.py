"""How long messages waited: from when a task was due to when a body began."""

from collections.abc import Collection, Iterator
from typing import NamedTuple

from harness.checkers.moments import Span, watched
from harness.checkers.tasks import Task, eta_ns, tasks_of
from harness.event import PUBLISHED, STARTED, Event
from harness.history import History


class Wait(NamedTuple):
    """One message's wait. ``start`` is None for one that did not begin while it was watched."""

    task: Task
    queue: str
    span: Span
    published: tuple[int, Event]
    start: tuple[int, Event] | None

    @property
    def lines(self) -> tuple[int, ...]:
        """The lines that tell of it."""
        return (self.published[0], *((self.start[0],) if self.start else ()))


def waits_of(history: History, ignore: Collection[str] = ()) -> Iterator[Wait]:
    """The wait of each published message; that of a task that ends unstarted is left out."""
    end = watched(history).until
    for task in tasks_of(history).values():
        if task.name in ignore:
            continue
        for published in task.all(PUBLISHED):
            event = published[1]
            start = _start(task, event)
            if start is None and task.finished:
                continue  # revoked, expired, or refused
            due, until = _due(event), start[1].mono if start else end
            yield Wait(task, event.detail["queue"], Span(due, until), published, start)


def _start(task: Task, published: Event) -> tuple[int, Event] | None:
    """The first start of the attempt that was published; it may be told before its publication."""
    number = published.detail["retries"]
    starts = [s for s in task.all(STARTED) if s[1].detail.get("retries", 0) == number]
    return min(starts, key=lambda each: each[1].mono, default=None)


def _due(published: Event) -> int:
    eta = eta_ns(published)
    return published.mono + (max(0, eta - published.wall) if eta else 0)
