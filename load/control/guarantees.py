"""What the guarantees come to so far, judged again and again while the load lasts."""

import threading
import time
from typing import Any, Final, Self

from harness.scenario import Scenario, judge_all

PERIOD_SECONDS_MIN: Final = 3.0
SHARE: Final = 20  # at most one part in so many of the time is spent judging


class Guarantees:
    """A thread that judges the scenario's history up to now. What needs the end stays unknown."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._verdicts: list[dict[str, Any]] = []
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="guarantees", daemon=True)

    def start(self) -> Self:
        """Begin to judge."""
        self._thread.start()
        return self

    def stop(self) -> None:
        """Judge no more."""
        self._stopping.set()
        self._thread.join()

    def so_far(self) -> list[dict[str, Any]]:
        """The last verdicts."""
        return self._verdicts

    def _run(self) -> None:
        pause = 0.0
        while not self._stopping.wait(pause):
            began = time.monotonic()
            plan = self._scenario.plan
            verdicts = judge_all(plan.guarantees, plan.weaknesses, self._scenario.history())
            self._verdicts = [
                {"guarantee": v.guarantee, "outcome": v.counted.value, "summary": v.summary}
                for v in verdicts
            ]
            pause = max(PERIOD_SECONDS_MIN, SHARE * (time.monotonic() - began))
