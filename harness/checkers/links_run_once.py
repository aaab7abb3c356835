"""A task that succeeded has each of its links run once; one that failed, each of its errbacks.

A callback belongs to the task that its message names as parent. An errback that takes the error
is called inside the worker: the probe tells of that (``errback``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from harness.checkers.attempts import Numbered
from harness.checkers.conclusion import Findings
from harness.checkers.moments import quiet
from harness.checkers.tasks import Task, tasks_of
from harness.event import ERRBACK, FAILED, HARD_LIMIT, PUBLISHED, PUBLISHING, STARTED, SUCCEEDED
from harness.history import History
from harness.verdict import Verdict


@dataclass(frozen=True, slots=True)
class LinksRunOnce:
    """Names of callbacks by the name of the task they are linked to."""

    guarantee: ClassVar[str] = "links-run-once"
    links: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    errbacks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def check(self, history: History) -> Verdict:
        """Judge; unknown when no declared task ended."""
        found, callbacks = Findings(history), _Callbacks(history)
        over = quiet(history)
        counts = {"links": 0, "errbacks": 0}
        for task in tasks_of(history).values():
            succeeded, failed = _ends(task)
            for name in self.links.get(task.name, ()) if succeeded or failed else ():
                counts["links"] += 1
                _judge(task, name, callbacks.tasks(task, name), bool(succeeded), over, found)
            for name in self.errbacks.get(task.name, ()) if succeeded or failed else ():
                counts["errbacks"] += 1
                due = bool(failed) and not succeeded
                _judge(task, name, callbacks.all(task, name), due, over, found)
        return found.verdict(
            self.guarantee,
            kept=f"All {found.judged} links and errbacks ran once where due, and nowhere else.",
            untested="None of the declared tasks ended.",
            counts=counts,
        )


class _Callbacks:
    """What was published for a parent, and errbacks that were called inside a worker."""

    def __init__(self, history: History) -> None:
        self._tasks: dict[tuple[str, str], list[Task]] = {}
        self._called: dict[tuple[str, str], list[Numbered]] = {}
        for task in tasks_of(history).values():
            if parent := _parent(task):
                self._tasks.setdefault((parent, task.name), []).append(task)
        for line, event in history.numbered():
            if event.type == ERRBACK:
                self._called.setdefault((event.id, event.name), []).append((line, event))

    def tasks(self, parent: Task, name: str) -> list[tuple[int, ...]]:
        """The lines of each run of a callback that is a task of its own."""
        told = self._tasks.get((parent.id, name), [])
        return [lines for task in told for lines in _runs(task)]

    def all(self, parent: Task, name: str) -> list[tuple[int, ...]]:
        """The same, or else the calls inside a worker."""
        called = self._called.get((parent.id, name), [])
        return self.tasks(parent, name) or [(line,) for line, _ in called]


def _ends(task: Task) -> tuple[tuple[int, ...], tuple[int, ...]]:
    given_back = {line for line, e in task.all(HARD_LIMIT) if e.detail["requeue"]}
    failed = task.lines(FAILED) + tuple(x for x in task.lines(HARD_LIMIT) if x not in given_back)
    return task.lines(SUCCEEDED), failed


def _parent(task: Task) -> str | None:
    published = task.all(PUBLISHING, PUBLISHED)
    return published[0][1].detail.get("parent") if published else None


def _runs(task: Task) -> list[tuple[int, ...]]:
    """Each success of a callback, or else that it was sent.

    Whether what was sent ever runs is for `no-task-lost` to judge.
    """
    sent = task.lines(PUBLISHING, PUBLISHED)[:1]
    succeeded = task.lines(SUCCEEDED)
    return [(*sent, line) for line in succeeded] or [(*sent, *task.lines(STARTED)[:1])]


def _judge(
    task: Task,
    name: str,
    runs: list[tuple[int, ...]],
    due: bool,
    over: bool,
    found: Findings,
) -> None:
    lines = tuple(line for run in runs for line in run) + task.lines(SUCCEEDED, FAILED, HARD_LIMIT)
    ended = "succeeded" if task.saw(SUCCEEDED) else "failed"
    if len(runs) == int(due):
        found.judged += 1
    elif due and not runs and not over:
        missing = f"{task} {ended}, and {name} had not run; nobody waited for it."
        found.doubt(missing, task.id, lines)
    else:
        found.judged += 1
        times = "once" if due else "not at all"
        said = f"{task} {ended}: {name} must run {times}, and ran {len(runs)} times."
        found.break_(said, task.id, lines)
