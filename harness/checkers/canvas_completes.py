"""Chains, groups and chords complete once, or fail as declared.

All tasks of one canvas name the same root in their messages; a canvas is known by the name of its
root task, which is the first of a chain, or the task that started a group or chord.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import ClassVar, Literal

from harness.checkers.conclusion import Findings
from harness.checkers.moments import quiet
from harness.checkers.tasks import Task, tasks_of
from harness.event import (
    FAILED,
    HARD_LIMIT,
    NODE_EXITED,
    PUBLISHED,
    PUBLISHING,
    STARTED,
    SUCCEEDED,
    Event,
)
from harness.history import History
from harness.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Canvas:
    """What belongs to one canvas, its root included where it is named."""

    members: Mapping[str, int] = field(default_factory=dict)  # name -> how many complete, once
    final: Literal["succeeded", "failed"] = "succeeded"
    never: tuple[str, ...] = ()  # names that must not run, such as what follows a failure


@dataclass(frozen=True, slots=True)
class CanvasCompletes:
    """Judges each canvas whose root task the broker took."""

    guarantee: ClassVar[str] = "canvas-completes"
    canvases: Mapping[str, Canvas] = field(default_factory=dict)  # by the root task's name

    def check(self, history: History) -> Verdict:
        """Judge; unknown when no declared canvas was begun."""
        found, over = Findings(history), quiet(history)
        kills = [e for e in history if e.type == NODE_EXITED and e.detail.get("code", 0) < 0]
        for root, tasks in _canvases(history).items():
            name = tasks[0].name
            if tasks[0].id == root and name in self.canvases and tasks[0].saw(PUBLISHED):
                _Judgement(tasks, self.canvases[name], over, kills, found).judge()
        return found.verdict(
            self.guarantee,
            kept=f"All {found.judged} canvases completed once, or failed, as declared.",
            untested="No declared canvas was begun.",
            counts={},
        )


def _canvases(history: History) -> dict[str, list[Task]]:
    """The tasks of each root, the root first."""
    canvases: dict[str, list[Task]] = {}
    for task in tasks_of(history).values():
        published = task.all(PUBLISHING, PUBLISHED)
        root = published[0][1].detail.get("root") if published else None
        if root:
            canvases.setdefault(root, []).append(task)
    for root, tasks in canvases.items():
        tasks.sort(key=lambda task: task.id != root)
    return canvases


@dataclass(slots=True)
class _Judgement:
    """One canvas; its root comes first."""

    tasks: list[Task]
    canvas: Canvas
    over: bool
    kills: list[Event]  # of nodes, and nobody knows what those had acknowledged
    found: Findings

    def judge(self) -> None:
        missing = self._missing()
        if missing and not self.over:
            said = f"{self.tasks[0]} had not completed ({missing}); nobody waited for it."
            self.found.doubt(said, self.tasks[0].id, self._lines())
            return
        self.found.judged += 1
        if missing:
            self._break(f"did not complete: {missing}", *self._lines())
        self._more_than_once()
        self._what_must_not_run()

    def _missing(self) -> str:
        """What has not happened that must."""
        if self.canvas.final == "failed":
            failed = any(task.saw(FAILED) or task.saw(HARD_LIMIT) for task in self.tasks)
            return "" if failed else "nothing of it failed, though it must"
        done = Counter(task.name for task in self.tasks if task.saw(SUCCEEDED))
        short = {n: k for n, k in self.canvas.members.items() if done[n] < k}
        return ", ".join(f"{done[n]} of {k} {n} succeeded" for n, k in short.items())

    def _more_than_once(self) -> None:
        sent: Counter[str] = Counter(task.name for task in self.tasks)
        begun = self._begun()
        for name, wanted in self.canvas.members.items():
            if sent[name] > wanted * begun:
                lines = (line for t in self.tasks if t.name == name for line in t.lines(PUBLISHING))
                self._break(f"sent {sent[name]} {name}, not {wanted}", *lines)
        for task in self.tasks:
            if task.name in self.canvas.members and self._completed_again(task):
                times = len(task.lines(SUCCEEDED))
                self._break(f"completed {task} {times} times", *task.lines(SUCCEEDED))

    def _completed_again(self, task: Task) -> bool:
        """Whether it was, though the node where it had completed was not killed meanwhile.

        Nor had a task that was done again after a kill sent it again.
        """
        ends = sorted((event for _, event in task.all(SUCCEEDED)), key=lambda e: e.mono)
        unasked = sum(
            not any(k.id == one.node and one.mono <= k.mono <= next_.mono for k in self.kills)
            for one, next_ in pairwise(ends)
        )
        sent = len(task.lines(PUBLISHED)) if self.kills else 1
        return 1 + unasked > max(1, sent)

    def _begun(self) -> int:
        """How often any of its tasks was begun: each time it sends anew what it sets off."""
        starts = [len(task.lines(STARTED)) for task in self.tasks if self.kills]
        return max([1, *starts])

    def _what_must_not_run(self) -> None:
        for task in self.tasks:
            if task.name in self.canvas.never and task.saw(STARTED):
                self._break(f"ran {task}, which must not run", *task.lines(STARTED))

    def _lines(self) -> tuple[int, ...]:
        return tuple(task.events[-1][0] for task in self.tasks)

    def _break(self, what: str, *lines: int) -> None:
        root = self.tasks[0]
        self.found.break_(f"The canvas of {root} {what}.", root.id, lines)
