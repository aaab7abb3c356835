"""No task that the broker acknowledged may vanish: it ends, well or badly."""

from dataclasses import dataclass
from typing import ClassVar, Final

from harness.checkers.conclusion import NS_PER_S, OTHERS_PERCENT_MAX, others_percent
from harness.checkers.tasks import Task, tasks_of
from harness.event import (
    NODE_EXITED,
    PHASE,
    PUBLISHED,
    PUBLISHING,
    RECEIVED,
    RETRIED,
    STARTED,
    TERMINAL,
    Event,
)
from harness.history import History
from harness.verdict import Evidence, Outcome, Verdict

WORKING_NS: Final = 3 * NS_PER_S  # tasks that end within so long of each other are being worked off


@dataclass(frozen=True, slots=True)
class NoTaskLost:
    """Set arithmetic over task ids: what was acknowledged and never finished is lost."""

    guarantee: ClassVar[str] = "no-task-lost"
    ignore: tuple[str, ...] = ()  # names of tasks nobody waits for, background ones
    queues: tuple[str, ...] = ()  # where not all workers are watched: the queues of those that are

    def check(self, history: History) -> Verdict:
        """Judge; unknown when the broker acknowledged nothing, or a task was not due yet.

        So is what an unwatched queue took, as long as nobody is seen to have it.
        """
        judged = [task for task in tasks_of(history).values() if task.name not in self.ignore]
        acknowledged = [task for task in judged if task.saw(PUBLISHED)]
        outstanding = [task for task in acknowledged if not task.finished]
        lost = [task for task in outstanding if not task.due_after(history.events[-1].wall)]
        waiting = len(outstanding) - len(lost)
        unwatched = sorted({queue for task in lost if (queue := self._unwatched(task))})
        lost = [task for task in lost if not self._unwatched(task)]
        counts = _counts(judged) | {"lost": len(lost), "not_due": waiting}
        when = _when(history)
        if lost and when is None:
            early = f"{len(lost)} acknowledged tasks had not finished; nobody waited for them."
            return Verdict(self.guarantee, Outcome.UNKNOWN, early, counts)
        if lost and (others := _slowed_by(history)) > OTHERS_PERCENT_MAX:
            slow = f"{len(lost)} acknowledged tasks had not finished when the drain ended."
            busy = f"{slow} They were being worked off, and other work took {others} %."
            return Verdict(self.guarantee, Outcome.UNKNOWN, busy, counts)
        if lost and when:
            exits = [each for each in history.numbered() if each[1].type == NODE_EXITED]
            evidence = tuple(_evidence(task, exits, when) for task in lost)
            summary = f"Lost: {len(lost)} of {len(acknowledged)} acknowledged tasks {when}."
            return Verdict(self.guarantee, Outcome.INVALID, summary, counts, evidence)
        if unwatched:
            away = f"Acknowledged tasks went to queues that nobody watches: {', '.join(unwatched)}."
            return Verdict(self.guarantee, Outcome.UNKNOWN, away, counts)
        if waiting or not acknowledged:
            why = f"{waiting} acknowledged tasks were not due yet when the history ended."
            nothing = "The broker acknowledged no task, so none could be lost."
            summary = why if waiting else nothing
            return Verdict(self.guarantee, Outcome.UNKNOWN, summary, counts)
        kept = f"All {len(acknowledged)} acknowledged tasks finished."
        return Verdict(self.guarantee, Outcome.VALID, kept, counts)

    def _unwatched(self, task: Task) -> str | None:
        """The queue it was last put into, if nobody is watched who reads that one."""
        queue: str = task.all(PUBLISHED)[-1][1].detail.get("queue") or ""
        return queue if self.queues and queue not in self.queues else None


def _counts(judged: list[Task]) -> dict[str, int]:
    return {
        "attempted": sum(task.saw(PUBLISHING) for task in judged),
        "acknowledged": sum(task.saw(PUBLISHED) for task in judged),
        "executed": sum(task.saw(STARTED) for task in judged),
        "finished": sum(task.finished for task in judged),
        # The publisher never learnt whether the broker took it: gone or done, both are right.
        "unknown_fate": sum(task.saw(PUBLISHING) and not task.saw(PUBLISHED) for task in judged),
        # It was cut off, or lost with whoever had received it, and came back, and finished.
        "recovered": sum(task.finished and (task.repeated or task.came_back) for task in judged),
    }


def _when(history: History) -> str | None:
    """How long they were waited for: "never" takes a drain that ended because all was quiet.

    None: the history ends before its drain does.
    """
    drains = [e.detail for e in history if e.type == PHASE and e.name == "drain"]
    ended = [detail for detail in drains if "quiet" in detail]
    if not ended:
        return None
    if ended[-1]["quiet"]:
        return "never finished"
    return f"did not finish within the drain's deadline of {ended[-1].get('deadline_s', '?')} s"


def _slowed_by(history: History) -> int:
    """How busy others kept the machine, if tasks were still ending when the drain's time was up."""
    drains = [event for event in history if event.type == PHASE and event.name == "drain"]
    end = drains[-1]
    ended = (e.mono for e in history if e.type in TERMINAL)
    if end.detail.get("quiet") or not any(end.mono - WORKING_NS < m <= end.mono for m in ended):
        return 0
    return others_percent(history, drains[0].mono, end.mono)


def _evidence(task: Task, exits: list[tuple[int, Event]], when: str) -> Evidence:
    acknowledged = task.lines(PUBLISHED)[-1]
    seen = task.all(RECEIVED, STARTED, RETRIED)
    story = f"{task} was acknowledged by the broker and {when}"
    if not seen:
        return Evidence(f"{story}: no worker ever received it.", task.id, (acknowledged,))
    asked, received = _attempts(task, PUBLISHED), _attempts(task, RECEIVED, STARTED, RETRIED)
    if asked > received:
        again = f"{story}: no worker ever received its retry {asked}."
        return Evidence(again, task.id, tuple(sorted({acknowledged, seen[-1][0]})))
    line, last = seen[-1]
    exited = _exit_after(last, exits)
    fate = f"which then exited ({_cause(exited[1])})" if exited else "which stayed up"
    lines = {acknowledged, line} | ({exited[0]} if exited else set())
    return Evidence(
        f"{story}: last seen {last.type} on {last.node}, {fate}.", task.id, tuple(sorted(lines))
    )


def _attempts(task: Task, *types: str) -> int:
    """The highest count of retries that events of these types tell of."""
    return max((event.detail.get("retries", 0) for _, event in task.all(*types)), default=0)


def _exit_after(last: Event, exits: list[tuple[int, Event]]) -> tuple[int, Event] | None:
    later = (each for each in exits if each[1].id == last.node and each[1].mono >= last.mono)
    return next(later, None)


def _cause(exited: Event) -> str:
    return exited.detail.get("cause") or "cause unknown"
