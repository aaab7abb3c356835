"""Tasks unfolded into attempts: each execution with its beginning, its end, or its death."""

from bisect import bisect_left
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from harness.checkers.tasks import Task, tasks_of
from harness.event import (
    CHILD_EXITED,
    FAILED,
    HARD_LIMIT,
    NODE_EXITED,
    REQUEUED,
    RETRIED,
    REVOKED,
    STARTED,
    TERMINAL,
    Event,
)
from harness.history import History

ENDS: Final = TERMINAL | {RETRIED, REQUEUED, HARD_LIMIT}
# A child's death is seen within milliseconds of its main process's when one kill meant both.
TOGETHER_NS: Final = 500_000_000

Numbered = tuple[int, Event]


@dataclass(slots=True)
class Attempt:
    """One execution. ``death`` is the end of its process, where that came first."""

    task: Task
    start: Numbered
    end: Numbered | None = None  # whoever told it
    death: Numbered | None = None
    main_died: bool = False  # and not only the child
    again: Numbered | None = None  # the next start of the same task with the same retries

    @property
    def node(self) -> str:
        """Where it ran."""
        return self.start[1].node

    @property
    def pid(self) -> int:
        """The process it ran in; 0 if that is not known."""
        return int(self.start[1].detail.get("pid", 0))

    @property
    def retries(self) -> int:
        """How many retries came before."""
        return int(self.start[1].detail.get("retries", 0))

    @property
    def ended_itself(self) -> bool:
        """Whether its own process told its end, and not the worker's main process."""
        return self.end is not None and not told_by_main(self.end[1], self.pid)

    @property
    def killed(self) -> bool:
        """Whether its process died before it could tell an end."""
        return self.death is not None and not self.ended_itself

    @property
    def until(self) -> int | None:
        """When it was over (monotonic ns), one way or another; None if that was never seen."""
        moments = [each[1].mono for each in (self.end, self.death) if each]
        return min(moments, default=None)


def told_by_main(end: Event, pid: int) -> bool:
    """Whether a worker's main process reports that the task's process was lost or ended."""
    if end.type in (HARD_LIMIT, REVOKED):
        return True
    teller = end.detail.get("pid", pid)
    return end.type in (FAILED, RETRIED) and teller != pid


def attempts_of(history: History, names: Collection[str] | None = None) -> list[Attempt]:
    """All attempts of tasks of these names (None: of all), by task, in the order of time."""
    deaths = _Deaths(history)
    chosen = (task for task in tasks_of(history).values() if names is None or task.name in names)
    return [attempt for task in chosen for attempt in _attempts(task, deaths)]


def _attempts(task: Task, deaths: "_Deaths") -> Iterator[Attempt]:
    attempts: list[Attempt] = []
    for numbered in sorted(task.events, key=lambda each: each[1].mono):
        event = numbered[1]
        if event.type == STARTED:
            attempt = Attempt(task, numbered)
            attempt.death, attempt.main_died = deaths.after(attempt)
            attempts.append(attempt)
        elif event.type in ENDS and (ended := _ended(attempts, event)):
            ended.end = numbered
    for number, attempt in enumerate(attempts):
        later = (each.start for each in attempts[number + 1 :] if each.retries == attempt.retries)
        attempt.again = next(later, None)
    yield from attempts


def _ended(attempts: list[Attempt], end: Event) -> Attempt | None:
    """The attempt that an end belongs to: its process's if it tells it, else the oldest open."""
    here = [each for each in attempts if each.node == end.node and each.end is None]
    own = [each for each in here if each.pid == end.detail.get("pid", -1)]
    if end.type in (HARD_LIMIT, REVOKED) or (end.type in (FAILED, RETRIED) and not own):
        return here[0] if here else None  # told by the main process, whatever became of the child
    living = [each for each in here if not _dead(each, end.mono)]
    return next(iter(own or living), None)


def _dead(attempt: Attempt, when: int) -> bool:
    return attempt.death is not None and attempt.death[1].mono < when


class _Death(NamedTuple):
    mono: int
    numbered: Numbered


class _Deaths:
    """When processes ended: pool children by node and pid, main processes by node."""

    def __init__(self, history: History) -> None:
        self._children: dict[tuple[str, int], list[_Death]] = {}
        self._nodes: dict[str, list[_Death]] = {}
        for line, event in history.numbered():
            if event.type == CHILD_EXITED:
                key = (event.id, event.detail["pid"])
                self._children.setdefault(key, []).append(_Death(event.mono, (line, event)))
            elif event.type == NODE_EXITED:
                self._nodes.setdefault(event.id, []).append(_Death(event.mono, (line, event)))
        for deaths in (*self._children.values(), *self._nodes.values()):
            deaths.sort(key=lambda death: death.mono)

    def after(self, attempt: Attempt) -> tuple[Numbered | None, bool]:
        """The first death after the attempt began, and whether the main process died with it."""
        start = attempt.start[1].mono
        child = _first(self._children.get((attempt.node, attempt.pid), []), start)
        node = _first(self._nodes.get(attempt.node, []), start)
        if child and node and child.mono < node.mono:
            return child.numbered, node.mono - child.mono < TOGETHER_NS
        death = node or child
        return (death.numbered, death is node) if death else (None, False)


def _first(deaths: list[_Death], since: int) -> _Death | None:
    at = bisect_left(deaths, since, key=lambda death: death.mono)
    return deaths[at] if at < len(deaths) else None
