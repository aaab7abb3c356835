"""What was asked for is worked off within a bound, counted from when no more was asked for.

Unlike `recovers-within` it needs no fault, and it counts from the last operation where that came
after the last heal.
"""

from dataclasses import dataclass
from typing import ClassVar

from harness.checkers.conclusion import NS_PER_MS, Findings
from harness.checkers.moments import Span, quiet, watched
from harness.checkers.queues import first_empty, samples
from harness.checkers.tasks import TASK_EVENTS, tasks_of
from harness.event import FAULT_HEALED, INVOKE, RETRIED, STARTED, TERMINAL
from harness.history import History
from harness.verdict import Verdict

WORK = (TERMINAL | {STARTED, RETRIED}) & TASK_EVENTS


@dataclass(frozen=True, slots=True)
class DrainsWithin:
    """Drained: the last body has ended, and every queue is empty."""

    guarantee: ClassVar[str] = "drains-within"
    drain_ms_max: int = 60_000
    ignore: tuple[str, ...] = ()  # names of tasks that nobody waits for

    def check(self, history: History) -> Verdict:
        """Judge; unknown when nothing was asked for, or it was watched for too short a time."""
        found = Findings(history)
        asked = [(line, e) for line, e in history.numbered() if e.type in (INVOKE, FAULT_HEALED)]
        if not any(event.type == INVOKE for _, event in asked):
            return self._verdict(found, 0)
        line, last = max(asked, key=lambda each: each[1].mono)
        done_line, done = self._drained(history, last.mono)
        ms = (done - last.mono) // NS_PER_MS
        open_ = self._open(history)
        if ms > self.drain_ms_max:
            found.judged = 1
            said = f"It took {ms} ms after {last.type} {last.id} (at most {self.drain_ms_max})"
            lines, span = (line, done_line), Span(last.mono, done)
            found.late(f"{said} until all was worked off.", None, lines, span)
        elif open_ and not quiet(history) and not self._watched_enough(history, last.mono):
            found.doubt(f"{open_} tasks had not ended, nor had their time.", None, (line,))
        else:
            found.judged = 1
        return self._verdict(found, ms)

    def _drained(self, history: History, since: int) -> tuple[int, int]:
        """The line and moment from which on no work was left; the end, if some always was."""
        line, worked = self._last_work(history)
        worked = max(worked, since)
        sampled = samples(history)
        if not any(event.mono > worked for _, event in sampled):
            return line, worked
        empty = first_empty(sampled, worked)
        return (empty[0], empty[1].mono) if empty else (sampled[-1][0], watched(history).until)

    def _watched_enough(self, history: History, since: int) -> bool:
        return watched(history).until - since > self.drain_ms_max * NS_PER_MS

    def _verdict(self, found: Findings, ms: int) -> Verdict:
        return found.verdict(
            self.guarantee,
            kept=f"All was worked off within {ms} ms (at most {self.drain_ms_max}).",
            untested="Nothing was asked for.",
            counts={"drain_ms": ms},
        )

    def _last_work(self, history: History) -> tuple[int, int]:
        """The line and moment of the last thing that a task was seen to do."""
        tasks = (task for task in tasks_of(history).values() if task.name not in self.ignore)
        done = ((line, e.mono) for task in tasks for line, e in task.events if e.type in WORK)
        return max(done, key=lambda each: each[1], default=(0, 0))

    def _open(self, history: History) -> int:
        tasks = (task for task in tasks_of(history).values() if task.name not in self.ignore)
        return sum(task.saw(STARTED) and not task.finished for task in tasks)
