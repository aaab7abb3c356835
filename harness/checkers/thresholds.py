"""One threshold in words, such as ``total.p99 < 2 s``, ``lost == 0`` or ``rate >= 95 %``.

``STAGE.STATISTIC``: stages as in ``stages``; statistics ``p50`` ... ``p99.9``, ``mean``, ``max``,
``min``; in ns, us, ms, s or min; of one task alone: ``total[myapp.tasks.pay].p99``. Counts:
``lost``, ``failed`` (tasks that ended badly), ``missed`` (could not be asked for), ``refused``
(operations without a success). ``failed``, ``missed`` and ``refused`` also in %. ``rate``: accepted
while the load lasted, in % of what was meant to be. ``throughput``: tasks ended in a second, in /s.
"""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from harness.checkers.stages import STAGES
from harness.errors import CrucibleError

SECONDS: Final = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0}
PERCENT: Final = "%"
PER_SECOND: Final = "/s"
COUNTS: Final = ("lost", "failed", "missed", "refused")
RELATIVE: Final = ("failed", "missed", "refused")
COMPARE: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    ">=": operator.ge,
    ">": operator.gt,
}
_WORDS: Final = re.compile(
    r"\s*(?P<metric>[a-z]+)(\[(?P<task>[^\]]+)\])?(\.(?P<statistic>[a-z0-9.]+))?"
    r"\s*(?P<compare><=|>=|==|<|>)\s*(?P<limit>[0-9]+(\.[0-9]+)?)\s*(?P<unit>[a-z%/]*)\s*"
)
_STATISTIC: Final = re.compile(r"mean|max|min|p(100|[0-9]{1,2}(\.[0-9]+)?)")
EXAMPLES: Final = 'Such as "total.p99 < 2 s", "lost == 0" or "rate >= 95 %".'


@dataclass(frozen=True, slots=True)
class Threshold:
    """A metric, how it is compared, and the limit; times in seconds."""

    text: str
    metric: str  # a stage, or a count
    statistic: str  # of a stage; empty for others
    task: str  # empty: every task
    compare: str
    limit: float
    unit: str

    def holds(self, value: float) -> bool:
        """Whether a measured value keeps it."""
        return COMPARE[self.compare](value, self.limit)

    def shown(self, value: float) -> str:
        """A value in the threshold's own unit."""
        scale = SECONDS.get(self.unit, 1.0)
        number = f"{value / scale:.3f}".rstrip("0").rstrip(".")
        return f"{number} {self.unit}".strip()


def parse(text: str) -> Threshold:
    """Read a threshold.

    Raises:
        CrucibleError: it is none, or its unit does not fit.
    """
    found = _WORDS.fullmatch(text)
    if not found:
        raise CrucibleError(f"{text!r} is no threshold.", hint=EXAMPLES)
    metric, statistic, unit = found["metric"], found["statistic"] or "", found["unit"]
    _check(text, metric, statistic, unit, bool(found["task"]))
    limit = float(found["limit"]) * SECONDS.get(unit, 1.0)
    return Threshold(
        text.strip(), metric, statistic, found["task"] or "", found["compare"], limit, unit
    )


def _check(text: str, metric: str, statistic: str, unit: str, of_task: bool) -> None:
    if metric in STAGES:
        if not _STATISTIC.fullmatch(statistic):
            raise _wrong(text, f"{metric} needs a statistic", "p50, p99, mean, max or min.")
        if unit not in SECONDS:
            raise _wrong(text, "a time needs a unit", f"One of {', '.join(SECONDS)}.")
        return
    units = {
        **dict.fromkeys(COUNTS, ("",)),
        **dict.fromkeys(RELATIVE, ("", PERCENT)),
        "rate": (PERCENT,),
        "throughput": (PER_SECOND,),
    }
    if metric not in units:
        known = ", ".join((*STAGES, *units))
        raise _wrong(text, f"there is no metric {metric!r}", f"There are: {known}.")
    if statistic or of_task:
        raise _wrong(text, f"{metric} has no statistic and is of all tasks", EXAMPLES)
    if unit not in units[metric]:
        allowed = " or ".join(each or "no unit" for each in units[metric])
        raise _wrong(text, f"{metric} has another unit", f"It has {allowed}.")


def _wrong(text: str, why: str, hint: str) -> CrucibleError:
    return CrucibleError(f"The threshold {text!r} cannot be judged: {why}.", hint=hint)
