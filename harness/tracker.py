"""What is under way right now, told by the events as they come; the basis of every wait.

Each node's own events come in order. Those of different nodes need not: a task may be seen to end
before its publisher is seen to have published it, and a node to exit before its last task began.
"""

from collections import Counter
from collections.abc import Collection
from typing import NamedTuple

from harness import event as e
from harness.event import Event

ENDED = e.TERMINAL | {e.RETRIED, e.REQUEUED, e.HARD_LIMIT}


class Tracker:
    """Listens to a recorder. Its sets hold task ids."""

    def __init__(self, background: Collection[str] = ()) -> None:
        self.background = frozenset(background)
        self.outstanding: set[str] = set()  # the broker took it, no end seen yet
        self.running: dict[str, str] = {}  # begun and not ended: task id -> node
        self.completions: Counter[str] = Counter()  # ok, fail, info of operations
        self.answers: Counter[str] = Counter()  # the same, by the node that told
        self.published = 0  # how many tasks the broker took, retries included
        self.finished: Counter[str] = Counter()  # ends of tasks, by event type
        self.last_activity = 0  # monotonic ns of the last task event that is work
        self._ended: set[str] = set()  # tasks seen to end
        self._exits: dict[str, int] = {}  # node -> when it exited last, monotonic ns
        self._received: set[str] = set()  # tasks that came to a worker as a message
        self._children: dict[Child, str | None] = {}  # living ones -> the last task each began
        self._deaths: dict[Child, int] = {}  # when a child ended, monotonic ns

    def __call__(self, event: Event) -> None:
        """Take one event into account."""
        if event.type in (e.OK, e.FAIL, e.INFO):
            self.completions[event.type] += 1
            self.answers[event.node] += 1
        elif event.type == e.NODE_EXITED:
            # A dead node runs nothing; its tasks stay outstanding until they end elsewhere.
            self._exits[event.id] = event.mono
            self.running = {id_: node for id_, node in self.running.items() if node != event.id}
        elif event.type in (e.CHILD_STARTED, e.CHILD_EXITED):
            self._child(event, Child(event.id, event.detail["pid"]))
        elif event.type in TASK_EVENTS and event.name not in self.background:
            self.last_activity = max(self.last_activity, event.mono)
            self._task(event)

    def bury(self, node: str, living: Collection[int]) -> None:
        """Forget what children of a node ran that are no longer among the living.

        Where the kernel does not tell of their end, somebody has to look.
        """
        for child in [c for c in self._children if c.node == node and c.pid not in living]:
            self._leave(self._children.pop(child), node)

    def forget(self) -> None:
        """Nothing is under way any more: all that could have been was ended."""
        self.outstanding.clear()
        self.running.clear()

    def _child(self, event: Event, child: "Child") -> None:
        if event.type == e.CHILD_STARTED:
            self._children[child] = None
            return
        # What it ran, it runs no more: killed, perhaps between its result and its last signal.
        self._deaths[child] = event.mono
        self._leave(self._children.pop(child, None), child.node)

    def _leave(self, task: str | None, node: str) -> None:
        if task is not None and self.running.get(task) == node:
            del self.running[task]

    def _task(self, event: Event) -> None:
        if event.type == e.PUBLISHED:
            self.published += 1
            if event.id not in self._ended:
                self.outstanding.add(event.id)
        elif event.type == e.RECEIVED:
            self.outstanding.add(event.id)
            self._received.add(event.id)
        elif event.type == e.STARTED:
            self.outstanding.add(event.id)
            self._started(event)
        elif event.type in ENDED:
            self.running.pop(event.id, None)
            self.finished[event.type] += 1
            if event.type in e.TERMINAL or _ends_for_good(event):
                self.outstanding.discard(event.id)
                self._ended.add(event.id)

    def _started(self, event: Event) -> None:
        child = Child(event.node, event.detail.get("pid", 0))
        if event.mono <= max(self._exits.get(event.node, 0), self._deaths.get(child, 0)):
            return
        # A child runs one message at a time; a task it applies itself was not received.
        if child in self._children and event.id in self._received:
            self._leave(self._children[child], child.node)
            self._children[child] = event.id
        self.running[event.id] = event.node


def _ends_for_good(event: Event) -> bool:
    return event.type == e.HARD_LIMIT and not event.detail["requeue"]


class Child(NamedTuple):
    """A pool process."""

    node: str
    pid: int


TASK_EVENTS = ENDED | {e.PUBLISHING, e.PUBLISHED, e.RECEIVED, e.STARTED}
