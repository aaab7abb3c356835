"""A flooded queue does not delay the tasks of another beyond a bound."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from harness.checkers.conclusion import NS_PER_MS, Findings
from harness.checkers.moments import Span, disturbances, disturbed
from harness.checkers.waits import Wait, waits_of
from harness.event import SAMPLE
from harness.history import History
from harness.verdict import Verdict

# Queues are sampled ten times a second.
BETWEEN_SAMPLES_NS = 300_000_000


@dataclass(frozen=True, slots=True)
class QueuesIsolated:
    """Judges each task of ``queue`` that was due while another queue was flooded."""

    guarantee: ClassVar[str] = "queues-isolated"
    queue: str = ""
    wait_ms_max: int = 1_000
    flooded: str = ""  # the queue that is flooded; "": any other
    flood_min: int = 50  # messages ready in it
    ignore: tuple[str, ...] = ()  # names of tasks that nobody waits for

    def check(self, history: History) -> Verdict:
        """Judge; unknown without a flood, or without a task of the queue meanwhile."""
        found, faults = Findings(history), disturbances(history)
        flood = self._flood(history)
        longest = 0
        for wait in waits_of(history, self.ignore):
            if wait.queue == self.queue and _meets(flood, wait.span):
                if disturbed(wait.span, faults):
                    continue  # what broke it is another promise's
                longest = max(longest, wait.span.length // NS_PER_MS)
                self._judge(wait, found)
        return found.verdict(
            self.guarantee,
            kept=f"All {found.judged} tasks of {self.queue} began within {longest} ms "
            f"(at most {self.wait_ms_max}) while another queue was flooded.",
            untested=self._untested(flood),
            counts={"flooded_samples": len(flood), "longest_wait_ms": longest},
        )

    def _judge(self, wait: Wait, found: Findings) -> None:
        waited = wait.span.length // NS_PER_MS
        if waited > self.wait_ms_max:
            found.judged += 1
            how = "waited" if wait.start else "had not begun after"
            said = f"{wait.task} {how} {waited} ms (at most {self.wait_ms_max})."
            found.late(said, wait.task.id, wait.lines, wait.span)
        elif wait.start:
            found.judged += 1
        else:
            early = f"{wait.task} had not begun, and was watched for {waited} ms only."
            found.doubt(early, wait.task.id, wait.lines)

    def _flood(self, history: History) -> list[int]:
        """The moments at which another queue was seen flooded."""
        return sorted(
            event.mono
            for event in history
            if event.type == SAMPLE
            and event.id != self.queue
            and self.flooded in ("", event.id)
            and event.detail["ready"] >= self.flood_min
        )

    def _untested(self, flood: list[int]) -> str:
        if not self.queue:
            return "No queue was named whose tasks must not wait."
        if not flood:
            return f"No other queue ever held {self.flood_min} messages."
        return f"No task of {self.queue} was due while another queue was flooded."


def _meets(flood: Sequence[int], span: Span) -> bool:
    at = bisect_left(flood, span.since - BETWEEN_SAMPLES_NS)
    return at < len(flood) and flood[at] <= span.until + BETWEEN_SAMPLES_NS
