"""No task runs twice where that matters; elsewhere running twice is only counted."""

from dataclasses import dataclass
from typing import ClassVar

from harness.checkers.tasks import Task, tasks_of
from harness.event import PUBLISHED, PUBLISHING, STARTED, SUCCEEDED
from harness.history import History
from harness.verdict import Evidence, Outcome, Verdict


@dataclass(frozen=True, slots=True)
class NoDuplicateExecution:
    """An attempt (id and count of retries) starts once, an id succeeds once."""

    guarantee: ClassVar[str] = "no-duplicate-execution"
    tasks: tuple[str, ...] = ()  # names judged; none: all are counted, none is judged

    def check(self, history: History) -> Verdict:
        """Judge; unknown when none of the judged tasks ran."""
        ran = [
            task for task in tasks_of(history).values() if task.saw(STARTED) or task.saw(SUCCEEDED)
        ]
        judged = [task for task in ran if not self.tasks or task.name in self.tasks]
        twice = [task for task in judged if task.repeated or _successes(task) > 1]
        counts = {
            "executed": len(judged),
            "executions": sum(sum(task.starts.values()) for task in judged),
            "started_again": sum(task.repeated for task in judged),
            "succeeded_again": sum(_successes(task) > 1 for task in judged),
            # Begun again since it had been cut off or given back, and done once.
            "recovered": sum(task.repeated and _successes(task) == 1 for task in judged),
        }
        return self._verdict(judged, twice, counts)

    def _verdict(self, judged: list[Task], twice: list[Task], counts: dict[str, int]) -> Verdict:
        if not judged:
            wanted = f" of {', '.join(self.tasks)}" if self.tasks else ""
            nothing = f"No execution{wanted} was seen."
            return Verdict(self.guarantee, Outcome.UNKNOWN, nothing, counts)
        many = f"{len(twice)} of {len(judged)} executed tasks"
        if not self.tasks:
            counted = f"Counted only: {many} ran more than once."
            return Verdict(self.guarantee, Outcome.VALID, counted, counts)
        if not twice:
            kept = f"All {len(judged)} executed tasks ran once."
            return Verdict(self.guarantee, Outcome.VALID, kept, counts)
        evidence = tuple(_evidence(task) for task in twice)
        summary = f"Duplicated: {many}."
        return Verdict(self.guarantee, Outcome.INVALID, summary, counts, evidence)


def _successes(task: Task) -> int:
    return len(task.lines(SUCCEEDED))


def _evidence(task: Task) -> Evidence:
    again = [
        f"started {times} times with retries {retries}"
        for retries, times in task.starts.items()
        if times > 1
    ]
    if _successes(task) > 1:
        again.append(f"succeeded {_successes(task)} times")
    asked = any(event.detail.get("eta") for _, event in task.all(PUBLISHING, PUBLISHED))
    sentence = f"{task}{' (it had an ETA)' if asked else ''} {', '.join(again)}."
    return Evidence(sentence, task.id, task.lines(STARTED, SUCCEEDED))
