"""When to stop before the end: each condition says in a sentence why, or nothing."""

import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from harness.errors import CrucibleError, Exit
from harness.event import FAIL, INFO
from harness.scenario import Scenario, judge_all
from harness.verdict import Outcome

MB: Final = 1_000_000
COMPLETIONS_MIN: Final = 20  # of fewer, no rate is told
#: What is broken once and for all when it is seen; the others need the drain.
EARLY: Final = ("nodes-stay-up", "no-unexpected-execution", "no-duplicate-execution")


@dataclass(frozen=True, slots=True)
class Limits:
    """What a person sets; None: without limit."""

    broken: bool = False  # stop as soon as a guarantee is seen to be broken
    errors_percent: int | None = None  # of the operations that were answered
    disk_mb: int = 200  # that must stay free where the run directory lies
    seconds: float | None = None  # of the disturbance, healing included


class StopConditions:
    """Watches one scenario; ``check`` is asked again and again."""

    def __init__(self, limits: Limits, scenario: Scenario) -> None:
        self._limits = limits
        self._scenario = scenario
        self._began = time.monotonic()
        self._before = Counter(scenario.session.tracker.completions)

    def check(self) -> None:
        """Go on, or not.

        Raises:
            CrucibleError: why not; the run is aborted then.
        """
        for reason in self._reasons():
            raise CrucibleError(
                f"Stopped: {reason}.",
                hint="Everything was healed. The limits are options of `crucible chaos`.",
                exit_code=Exit.ABORTED,
            )

    def _reasons(self) -> Iterator[str]:
        conditions: tuple[Callable[[], str | None], ...] = (
            self._time,
            self._disk,
            self._errors,
            self._broken,
        )
        return (reason for condition in conditions if (reason := condition()))

    def _time(self) -> str | None:
        limit = self._limits.seconds
        if limit is None or time.monotonic() - self._began <= limit:
            return None
        return f"the disturbance took more than {limit:.0f} s"

    def _disk(self) -> str | None:
        free = shutil.disk_usage(self._scenario.session.stack.directory.path).free // MB
        limit = self._limits.disk_mb
        return f"{free} MB of disk are left (at least {limit})" if free < limit else None

    def _errors(self) -> str | None:
        limit = self._limits.errors_percent
        answered = self._scenario.session.tracker.completions - self._before
        if limit is None or answered.total() < COMPLETIONS_MIN:
            return None
        percent = 100 * (answered[FAIL] + answered[INFO]) // answered.total()
        return (
            f"{percent} % of the operations failed (at most {limit})" if percent > limit else None
        )

    def _broken(self) -> str | None:
        if not self._limits.broken:
            return None
        plan = self._scenario.plan
        early = {name: plan.guarantees[name] for name in EARLY if name in plan.guarantees}
        for verdict in judge_all(early, plan.weaknesses, self._scenario.history()):
            if verdict.counted is Outcome.INVALID:
                return f"{verdict.guarantee} is broken: {verdict.summary}"
        return None
