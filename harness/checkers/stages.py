"""How long each stage of each task took, told by the events as they come.

Stages of a task: ``delay`` (meant to be asked for -> asked), ``enqueue`` (meant -> the broker took
it), ``wait`` (taken, or its eta -> first started), ``run`` (last started -> body returned),
``result`` (returned -> stored and told), ``total`` (meant -> ended). A task that nobody meant at a
certain time (another task published it, or a page) counts from its publishing. ``page`` is a web
request: meant -> answered. What is asked for under another name than its task's (a canvas) has a
``total`` of its own.

Events of different nodes come in any order, so a stage is told when both of its ends are known.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from harness.event import (
    FAIL,
    FAILED,
    IGNORED,
    INFO,
    INVOKE,
    OK,
    PUBLISHED,
    PUBLISHING,
    REJECTED,
    REVOKED,
    STARTED,
    SUCCEEDED,
    TERMINAL,
    UNKNOWN_TASK,
    Event,
)

DELAY: Final = "delay"
ENQUEUE: Final = "enqueue"
WAIT: Final = "wait"
RUN: Final = "run"
RESULT: Final = "result"
TOTAL: Final = "total"
PAGE: Final = "page"
STAGES: Final = (DELAY, ENQUEUE, WAIT, RUN, RESULT, TOTAL, PAGE)

_WORDS: Final = {
    REVOKED: "it was revoked or had expired",
    REJECTED: "it was rejected",
    UNKNOWN_TASK: "no such task is registered",
}


class Sample(NamedTuple):
    """One stage of one task. ``error`` says in which way it ended badly, None if well."""

    stage: str
    task: str
    ns: int
    at: int  # when it ended, monotonic ns
    error: str | None = None


@dataclass(slots=True)
class _Operation:
    name: str
    asked: int
    due: int  # when it was meant to be asked for; `asked`, if nobody said
    missed: bool
    web: bool


@dataclass(slots=True)
class _Task:
    name: str = ""
    publishing: int = 0
    published: int = 0
    eta: int = 0
    first_start: int = 0
    last_start: int = 0
    ended: Event | None = None
    waited: bool = False  # its wait was told
    enqueued: bool = False  # its enqueue was told
    told: bool = False  # its end was told


class StageClock:
    """Folds events into samples. It keeps nothing of a task that has ended and was told."""

    def __init__(self, ignore: Iterable[str] = ()) -> None:
        self._ignore = frozenset(ignore)
        self._operations: dict[str, _Operation] = {}
        self._tasks: dict[str, _Task] = {}

    def take(self, event: Event) -> Iterator[Sample]:
        """The samples that this event completes."""
        if event.name in self._ignore:
            return
        type_ = event.type
        if type_ == INVOKE:
            yield from self._invoked(event)
        elif type_ in (OK, FAIL, INFO):
            yield from self._answered(event)
        elif type_ in (PUBLISHING, PUBLISHED, STARTED) or type_ in TERMINAL:
            task = self._tasks.setdefault(event.id, _Task())
            _note(task, event)
            yield from self._stages(event.id, task)

    def _invoked(self, event: Event) -> Iterator[Sample]:
        detail = event.detail
        due = detail.get("due", event.mono)
        web = detail.get("kind") == "web"
        operation = _Operation(event.name, event.mono, due, detail.get("missed", False), web)
        self._operations[event.id] = operation
        if "due" in detail and not operation.missed:
            yield Sample(DELAY, event.name, max(0, event.mono - due), event.mono)

    def _answered(self, event: Event) -> Iterator[Sample]:
        operation = self._operations.get(event.id)
        if operation is None:
            return
        took = event.mono - operation.due
        error = None if event.type == OK else str(event.detail.get("reason") or event.type)
        if operation.web or operation.missed:
            del self._operations[event.id]
            stage = PAGE if operation.web else ENQUEUE
            yield Sample(stage, event.name, took, event.mono, error)
        elif error:  # nobody can know whether the broker took it: a task may still run
            yield Sample(ENQUEUE, event.name, took, event.mono, error)

    def _stages(self, id_: str, task: _Task) -> Iterator[Sample]:
        if not task.publishing:
            return  # who published it is not heard yet
        operation = self._operations.get(id_)
        mine = operation is not None and operation.name == task.name
        since = operation.due if operation and mine else task.publishing
        if task.published and not task.enqueued:
            task.enqueued = True
            yield Sample(ENQUEUE, task.name, task.published - since, task.published)
        if task.published and task.first_start and not task.waited:
            task.waited = True
            ready = max(task.published, task.eta)
            # A worker may have it before its publisher hears that the broker took it.
            yield Sample(WAIT, task.name, max(0, task.first_start - ready), task.first_start)
        if task.ended and not task.told:
            task.told = True
            yield from _end(task, task.ended, since)
            if operation and not mine:
                took = task.ended.mono - operation.due
                yield Sample(TOTAL, operation.name, took, task.ended.mono, _error(task.ended))
        if task.told and task.enqueued and (task.waited or not task.first_start):
            self._operations.pop(id_, None)
            del self._tasks[id_]


def _note(task: _Task, event: Event) -> None:
    task.name = task.name or event.name
    if event.type == PUBLISHING:
        task.publishing = task.publishing or event.mono
        task.eta = task.eta or _eta(event)
    elif event.type == PUBLISHED:
        task.published = task.published or event.mono
    elif event.type == STARTED:
        task.first_start = task.first_start or event.mono
        task.last_start = event.mono
    else:
        task.ended = task.ended or event


def _end(task: _Task, end: Event, since: int) -> Iterator[Sample]:
    error = _error(end)
    if task.last_start:
        returned: int = end.detail.get("returned", end.mono)
        yield Sample(RUN, task.name, max(0, returned - task.last_start), returned, error)
        if "returned" in end.detail:
            yield Sample(RESULT, task.name, end.mono - returned, end.mono)
    yield Sample(TOTAL, task.name, end.mono - since, end.mono, error)


def _error(end: Event) -> str | None:
    if end.type in (SUCCEEDED, IGNORED):  # a body that raises Ignore wants it so
        return None
    if end.type == FAILED:
        return str(end.detail.get("exception", "it failed"))
    return _WORDS.get(end.type, end.type)


def _eta(event: Event) -> int:
    """Its eta by the monotonic clock; 0 for none."""
    text: Any = event.detail.get("eta")
    if not text:
        return 0
    eta = datetime.fromisoformat(text)
    aware = eta if eta.tzinfo else eta.replace(tzinfo=UTC)
    return event.mono + int(aware.timestamp() * 1e9) - event.wall
