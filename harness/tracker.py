"""What is under way right now, told by the events as they come; the basis of every wait.

Each node's own events come in order. Those of different nodes need not: a task may be seen to end
before its publisher is seen to have published it, and a node to exit before its last task began.
"""

from collections import Counter
from collections.abc import Collection

from harness import event as e
from harness.event import Event

ENDED = e.TERMINAL | {e.RETRIED}


class Tracker:
    """Listens to a recorder. Its sets hold task ids."""

    def __init__(self, background: Collection[str] = ()) -> None:
        self.background = frozenset(background)
        self.outstanding: set[str] = set()  # the broker took it, no end seen yet
        self.running: dict[str, str] = {}  # begun and not ended: task id -> node
        self.completions: Counter[str] = Counter()  # ok, fail, info of operations
        self.published = 0  # how many tasks the broker took, retries included
        self.finished: Counter[str] = Counter()  # ends of tasks, by event type
        self.last_activity = 0  # monotonic ns of the last task event that is work
        self._ended: set[str] = set()  # tasks seen to end
        self._exits: dict[str, int] = {}  # node -> when it exited last, monotonic ns

    def __call__(self, event: Event) -> None:
        """Take one event into account."""
        if event.type in (e.OK, e.FAIL, e.INFO):
            self.completions[event.type] += 1
        elif event.type == e.NODE_EXITED:
            # A dead node runs nothing; its tasks stay outstanding until they end elsewhere.
            self._exits[event.id] = event.mono
            self.running = {id_: node for id_, node in self.running.items() if node != event.id}
        elif event.type in TASK_EVENTS and event.name not in self.background:
            self.last_activity = max(self.last_activity, event.mono)
            self._task(event)

    def forget(self) -> None:
        """Nothing is under way any more: all that could have been was ended."""
        self.outstanding.clear()
        self.running.clear()

    def _task(self, event: Event) -> None:
        if event.type == e.PUBLISHED:
            self.published += 1
            if event.id not in self._ended:
                self.outstanding.add(event.id)
        elif event.type == e.RECEIVED:
            self.outstanding.add(event.id)
        elif event.type == e.STARTED:
            self.outstanding.add(event.id)
            if event.mono > self._exits.get(event.node, 0):
                self.running[event.id] = event.node
        elif event.type in ENDED:
            self.running.pop(event.id, None)
            self.finished[event.type] += 1
            if event.type in e.TERMINAL:
                self.outstanding.discard(event.id)
                self._ended.add(event.id)


TASK_EVENTS = ENDED | {e.PUBLISHING, e.PUBLISHED, e.RECEIVED, e.STARTED}
