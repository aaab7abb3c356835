"""No worker may run a task that nobody asked for."""

from dataclasses import dataclass
from typing import ClassVar

from harness.checkers.tasks import Task, tasks_of
from harness.event import INVOKE, PUBLISHED, PUBLISHING, STARTED
from harness.history import History
from harness.verdict import Evidence, Outcome, Verdict


@dataclass(frozen=True, slots=True)
class NoUnexpectedExecution:
    """Started ids that no publisher and no operation of this history knows are unexpected.

    In one scenario's part of a longer history that includes the tasks of earlier scenarios: they
    should have drained, and what runs late disturbs the measurement.
    """

    guarantee: ClassVar[str] = "no-unexpected-execution"
    ignore: tuple[str, ...] = ()  # names of tasks whose publisher carries no probe
    publishers_known: bool = True  # False: others publish too, so that a stranger proves nothing

    def check(self, history: History) -> Verdict:
        """Judge; unknown when nothing was executed."""
        asked = {event.id for event in history if event.type == INVOKE}
        executed = [
            task
            for task in tasks_of(history).values()
            if task.saw(STARTED) and task.name not in self.ignore
        ]
        strangers = [task for task in executed if not (_published(task) or task.id in asked)]
        counts = {"executed": len(executed), "unexpected": len(strangers)}
        if not executed:
            nothing = "No execution was seen."
            return Verdict(self.guarantee, Outcome.UNKNOWN, nothing, counts)
        if not strangers:
            kept = f"All {len(executed)} executed tasks had been asked for."
            return Verdict(self.guarantee, Outcome.VALID, kept, counts)
        if not self.publishers_known:
            others = f"{len(strangers)} of {len(executed)} executed tasks were asked for by others."
            return Verdict(self.guarantee, Outcome.UNKNOWN, others, counts)
        summary = f"Unexpected: {len(strangers)} of {len(executed)} executed tasks."
        evidence = tuple(_evidence(task) for task in strangers)
        return Verdict(self.guarantee, Outcome.INVALID, summary, counts, evidence)


def _published(task: Task) -> bool:
    return task.saw(PUBLISHING) or task.saw(PUBLISHED)


def _evidence(task: Task) -> Evidence:
    first = task.all(STARTED)[0][1]
    how = "redelivered, " if first.detail.get("redelivered") else ""
    sentence = f"{task} started on {first.node}, {how}though nobody published it in this history."
    return Evidence(sentence, task.id, task.lines(STARTED))
