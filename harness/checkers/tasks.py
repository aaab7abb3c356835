"""A history folded by task: what was seen of each, whoever saw it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from weakref import WeakKeyDictionary

from harness.event import (
    HARD_LIMIT,
    PHASE,
    PUBLISHED,
    PUBLISHING,
    RECEIVED,
    REQUEUED,
    RETRIED,
    SOFT_LIMIT,
    STARTED,
    TERMINAL,
    Event,
)
from harness.history import History

TASK_EVENTS: Final = TERMINAL | {
    PUBLISHING,
    PUBLISHED,
    RECEIVED,
    STARTED,
    RETRIED,
    REQUEUED,
    SOFT_LIMIT,
    HARD_LIMIT,
}

NS_PER_S: Final = 1_000_000_000


@dataclass(slots=True)
class Task:
    """One task's events with their lines, in the order written (nearly that of time)."""

    id: str
    name: str
    events: list[tuple[int, Event]]

    def __str__(self) -> str:
        return f"{self.name or 'task'}[{self.id}]"

    def saw(self, type_: str) -> bool:
        """Whether any event of that type was seen."""
        return any(event.type == type_ for _, event in self.events)

    def all(self, *types: str) -> list[tuple[int, Event]]:
        """The events of those types, with their lines."""
        return [(line, event) for line, event in self.events if event.type in types]

    def lines(self, *types: str) -> tuple[int, ...]:
        """The lines of the events of those types."""
        return tuple(line for line, event in self.events if event.type in types)

    @property
    def finished(self) -> bool:
        """Whether it ended at least once, well or badly.

        Any terminal event counts, wherever it stands: a retried attempt reports itself only after
        it has published the next one, which another worker may already have finished by then. So
        does a hard limit unless the message goes back: until Celery 5.6 it sends no signal.
        """
        return any(
            event.type in TERMINAL or (event.type == HARD_LIMIT and not event.detail["requeue"])
            for _, event in self.events
        )

    @property
    def starts(self) -> dict[int, int]:
        """How often each attempt (the count of retries before it) was started."""
        started: dict[int, int] = {}
        for _, event in self.events:
            if event.type == STARTED:
                retries = event.detail.get("retries", 0)
                started[retries] = started.get(retries, 0) + 1
        return started

    @property
    def repeated(self) -> bool:
        """Whether one attempt was started more than once."""
        return any(times > 1 for times in self.starts.values())

    @property
    def came_back(self) -> bool:
        """Whether one attempt was received more than once."""
        received = self.all(RECEIVED)
        numbers = {event.detail.get("retries", 0) for _, event in received}
        return len(received) > len(numbers)

    def due_after(self, wall: int) -> bool:
        """Whether its last publication asks to run later than ``wall`` (ns since 1970, UTC)."""
        etas = [eta_ns(event) for _, event in self.all(PUBLISHING, PUBLISHED)]
        return bool(etas and etas[-1] and etas[-1] > wall)


def eta_ns(publication: Event) -> int | None:
    """When a published task asks to run (ns since 1970, UTC); None for at once."""
    text = publication.detail.get("eta")
    if not text:
        return None
    eta = datetime.fromisoformat(text)
    aware = eta if eta.tzinfo else eta.replace(tzinfo=UTC)
    return round(aware.timestamp() * NS_PER_S)


# Several checkers fold the same history; it never changes, so the work is done once.
_folded: "WeakKeyDictionary[History, dict[str, Task]]" = WeakKeyDictionary()


def tasks_of(history: History) -> dict[str, Task]:
    """Every task the history tells of, by id, in the order of first sight.

    But none that nobody had seen when the drain was over and reading began: a schedule of the
    target's own goes on, and what it sends then has nobody to wait for its end.

    A task that is replaced (Celery's ``Task.replace``) hands its id on to the last of what replaces
    it. That one then stands under the id; what bore it before stands under its id and name.
    """
    if history not in _folded:
        _folded[history] = _fold(history)
    return _folded[history]


def _fold(history: History) -> dict[str, Task]:
    bearers: dict[str, list[Task]] = {}
    reading = _reading(history)
    for numbered in history.numbered():
        event = numbered[1]
        if event.type not in TASK_EVENTS:
            continue
        of_id = bearers.setdefault(event.id, [])
        task = next((each for each in reversed(of_id) if _is_of(event, each)), None)
        if task is None:
            if reading is None or event.mono < reading:
                of_id.append(Task(event.id, event.name, [numbered]))
        else:
            task.events.append(numbered)
            task.name = task.name or event.name
    return {
        task.id if task is of_id[-1] else f"{task.id} as {task.name}": task
        for of_id in bearers.values()
        for task in of_id
    }


def _is_of(event: Event, task: Task) -> bool:
    return not event.name or not task.name or event.name == task.name


def came_late(history: History) -> set[str]:
    """The ids of the tasks that were first seen when reading had begun, and are nobody's matter."""
    seen = {event.id for event in history if event.type in TASK_EVENTS}
    return seen - tasks_of(history).keys()


def _reading(history: History) -> int | None:
    """When the results and the effects began to be read (monotonic ns); None if they never were."""
    reads = (event.mono for event in history if event.type == PHASE and event.name == "read")
    return max(reads, default=None)
