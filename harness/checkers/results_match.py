"""The result backend says of each task what really happened to it.

Results are read once, after the run (``result`` events), and held against what the probe saw.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from harness.checkers.attempts import Numbered
from harness.checkers.conclusion import Findings
from harness.checkers.tasks import Task, came_late, tasks_of
from harness.event import (
    FAILED,
    HARD_LIMIT,
    INVOKE,
    PUBLISHED,
    PUBLISHING,
    RESULT,
    REVOKED,
    STARTED,
    SUCCEEDED,
    UNKNOWN_TASK,
)
from harness.history import History
from harness.verdict import Verdict

STATES = {SUCCEEDED: "SUCCESS", FAILED: "FAILURE", HARD_LIMIT: "FAILURE", REVOKED: "REVOKED"}


@dataclass(frozen=True, slots=True)
class ResultsMatch:
    """Judges each task that ended, and each result that was read."""

    guarantee: ClassVar[str] = "results-match"
    tasks: tuple[str, ...] = ()  # names judged; none: all but those ignored
    ignore: tuple[str, ...] = ()  # names of tasks whose results are not kept

    def check(self, history: History) -> Verdict:
        """Judge; unknown when no result was read."""
        found, results = Findings(history), _results(history)
        counts = {"results": len(results), "without_end": 0}
        expected = _expected(history)
        tasks = tasks_of(history)
        for task in tasks.values() if results else ():
            last = tasks[task.id] is task  # whose result it is, where one has replaced another
            if last and self._judges(task.name):
                counts["without_end"] += not _ends(task) and task.id in results
                self._judge(task, results.get(task.id), expected.get(task.id), found)
        asked = tasks.keys() | came_late(history)
        for id_, (line, event) in results.items():
            if id_ not in asked and self._judges(event.name):
                found.judged += 1
                found.break_(f"{id_} has a result, though nobody asked for it.", id_, (line,))
        return found.verdict(
            self.guarantee,
            kept=f"All {found.judged} tasks have the result that they came to.",
            untested="No result of a judged task was read.",
            counts=counts,
        )

    def _judges(self, name: str) -> bool:
        return name in self.tasks if self.tasks else name not in self.ignore

    def _judge(
        self, task: Task, result: Numbered | None, expected: str | None, found: Findings
    ) -> None:
        ends = _ends(task)
        if result is None:
            if ends:
                found.judged += 1
                lost = f"{task} {ends[-1][1].type}, and its result is not there."
                found.break_(lost, task.id, (ends[-1][0],))
            return
        line, read = result
        lines = (line, *(end[0] for end in ends[-1:]))
        found.judged += 1
        if wrong := _contradiction(task, ends, read.detail, expected):
            found.break_(f"{task} {wrong}.", task.id, lines)


def _results(history: History) -> dict[str, Numbered]:
    return {e.id: (line, e) for line, e in history.numbered() if e.type == RESULT}


def _expected(history: History) -> dict[str, str]:
    """The hashes of results that operations expect, by task."""
    asked = (event for event in history if event.type == INVOKE)
    return {e.id: e.detail["result_hash"] for e in asked if "result_hash" in e.detail}


def _ends(task: Task) -> list[Numbered]:
    return sorted(task.all(*STATES), key=lambda each: each[1].mono)


def _contradiction(
    task: Task, ends: list[Numbered], result: Mapping[str, Any], expected: str | None
) -> str | None:
    """What of the result cannot be true, in words that follow the task's name."""
    state, exception = result.get("state"), str(result.get("exception") or "")
    allowed = {STATES[end.type] for _, end in ends}
    if not ends:
        return _without_end(task, str(state))
    # A task that ran twice may have ended twice: either may be what is kept.
    if state not in allowed:
        return f"{ends[-1][1].type}, and its result says {state}"
    if state == "FAILURE":
        return _contradicted_failure(ends, exception, bool(result.get("traceback")))
    if result.get("traceback"):
        return f"{ends[-1][1].type}, and its result has a traceback"
    if state == "SUCCESS" and expected and result.get("result_hash") != expected:
        return "succeeded, and its result is not the one expected"
    return None


def _without_end(task: Task, state: str) -> str | None:
    """A child killed after it stored its result tells no end; one that never began stores none.

    But of a task that it does not know, a worker keeps a failure.
    """
    refused = state == "FAILURE" and task.saw(UNKNOWN_TASK)
    if state in ("SUCCESS", "FAILURE") and not (task.saw(STARTED) or refused):
        return f"never began, and its result says {state}"
    if not (task.saw(PUBLISHED) or task.saw(PUBLISHING) or task.saw(STARTED)):
        return f"was never published, and its result says {state}"
    return None


def _contradicted_failure(ends: list[Numbered], exception: str, traceback: bool) -> str | None:
    reasons = [str(e.detail.get("exception", "")) for _, e in ends if e.type == FAILED]
    limited = any(e.type == HARD_LIMIT for _, e in ends)
    if not traceback and not limited:
        return "failed, and its result has no traceback"
    name = exception.partition(":")[0]
    if name and reasons and not any(reason.startswith(name) for reason in reasons):
        return f"failed with {reasons[-1]!r}, and its result says {exception!r}"
    return None
