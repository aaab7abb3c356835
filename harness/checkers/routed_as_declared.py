"""Each task goes to the queue it is routed to, and only workers of that queue receive it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from harness.checkers.conclusion import Findings
from harness.checkers.tasks import Task, tasks_of
from harness.checkers.workers import queues_of
from harness.event import PUBLISHED, PUBLISHING, RECEIVED
from harness.history import History
from harness.verdict import Verdict


@dataclass(frozen=True, slots=True)
class RoutedAsDeclared:
    """A queue is known by the routing key of a message, which is its name unless declared."""

    guarantee: ClassVar[str] = "routed-as-declared"
    tasks: Mapping[str, str] = field(default_factory=dict)  # name -> queue

    def check(self, history: History) -> Verdict:
        """Judge; unknown when no declared task was published."""
        found, workers = Findings(history), queues_of(history)
        counts = {"published": 0, "received": 0}
        for task in tasks_of(history).values():
            sent = task.all(PUBLISHING, PUBLISHED)
            if task.name in self.tasks and sent:
                found.judged += 1
                counts["published"] += task.saw(PUBLISHED)
                counts["received"] += task.saw(RECEIVED)
                _judge(task, self.tasks[task.name], workers, found)
        return found.verdict(
            self.guarantee,
            kept=f"All {found.judged} tasks went to their queue and to its workers.",
            untested="None of the declared tasks was published.",
            counts=counts,
        )


def _judge(task: Task, queue: str, workers: Mapping[str, frozenset[str]], found: Findings) -> None:
    for line, event in task.all(PUBLISHING):
        if event.detail["queue"] != queue:
            went = f"{task} was published to {event.detail['queue']!r}, not to {queue!r}."
            found.break_(went, task.id, (line,))
    for line, event in task.all(RECEIVED):
        if queue not in workers.get(event.node, {queue}):
            got = f"{task} was received by {event.node}, which does not consume {queue!r}."
            found.break_(got, task.id, (line,))
