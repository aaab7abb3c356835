"""What a person asked of ``crucible load``, checked before anything is started."""

import json
from collections.abc import Sequence
from typing import Any

from harness import external
from harness.checkers import thresholds as limits
from harness.errors import CrucibleError
from harness.target import Target
from load.disturbance import Disturbance, Nemesis, Outage
from load.load_plan import Foreign, LoadPlan
from load.locust_process import LocustOptions
from load.settings import LoadSettings, TaskPlan, of_target
from load.shape import SHAPES, Shape
from load.timespan import seconds

FIRST_RATE = 10.0  # where the search for the capacity begins
KEPT_UP = "rate >= 95 %"  # a rate that was not even reached does not hold
ARRIVALS = ("poisson", "constant")


def plan(
    target: Target,
    *,
    shape: Shape | None,
    tasks: Sequence[TaskPlan],
    arrivals: str | None,
    thresholds: Sequence[str],
    locust: LocustOptions,
    drain_seconds_max: float,
    outage: str | None = None,
    chaos: str | None = None,
) -> LoadPlan:
    """The load these wishes come to; they count before what the target's file says.

    Raises:
        CrucibleError: a wish is none, or there is nothing to load the target with.
    """
    settings = of_target(target)
    wanted: dict[str, Any] = {}
    if tasks:
        wanted |= {"tasks": list(tasks), "pages": None}
    if arrivals:
        if arrivals not in ARRIVALS:
            raise CrucibleError(f"There are no {arrivals!r} arrivals.", hint="poisson or constant.")
        wanted["arrivals"] = arrivals
    settings = settings.model_copy(update=wanted)
    _require_work(target, settings)
    for text in thresholds:
        limits.parse(text)
    chosen = thresholds or settings.thresholds
    broken = disturbance(target, shape, outage, chaos)
    foreign = Foreign(external.processes(target), target.queues) if target.external else None
    return LoadPlan("load", settings, shape, chosen, locust, drain_seconds_max, broken, foreign)


def disturbance(
    target: Target, shape: Shape | None, outage: str | None, chaos: str | None
) -> Disturbance | None:
    """What is broken while it is loaded.

    Raises:
        CrucibleError: both were asked for, or the load has no stated length.
    """
    if outage is None and chaos is None:
        return None
    if outage is not None and chaos is not None:
        raise CrucibleError("--outage and --chaos would mix.", hint="Ask for one of them.")
    if shape is None:
        raise CrucibleError(
            "Faults by plan need a load by plan.", hint="Add --rate, or break things in the tab."
        )
    if outage is not None:
        return Outage.of(target, shape, seconds(outage))
    assert chaos is not None
    return Nemesis.of(shape, chaos)


def require_capacity(
    slo: Sequence[str] | None,
    threshold: Sequence[str] | None,
    outage: str | None,
    chaos: str | None,
) -> None:
    """See that a search for the capacity can be judged.

    Raises:
        CrucibleError: nothing says what holds, or faults would decide it.
    """
    if not slo or threshold:
        raise CrucibleError(
            "--find-capacity is judged by --slo alone.", hint='Such as --slo "total.p99 < 500 ms".'
        )
    if outage is not None or chaos is not None:
        raise CrucibleError("--find-capacity goes without faults.", hint="Ask for one of them.")


def shape(kind: str, rate: float | None, duration: str, headless: bool) -> Shape | None:
    """The shape; None if a person says in Locust's UI what they want.

    Raises:
        CrucibleError: there is no such shape, rate or duration.
    """
    if kind not in SHAPES:
        raise CrucibleError(f"There is no shape {kind!r}.", hint=f"There are: {', '.join(SHAPES)}.")
    lasts = seconds(duration)
    if rate is None:
        if headless:
            raise CrucibleError("--headless needs a rate.", hint="Such as --rate 50.")
        return None
    if not 0 < rate < 1e6:
        raise CrucibleError(f"--rate {rate:g} is no rate.", hint="Such as --rate 50.")
    return Shape(kind, rate, lasts)


def tasks(names: Sequence[str] | None, arguments: str) -> list[TaskPlan]:
    """Tasks named on the command line, each with the same arguments.

    Raises:
        CrucibleError: the arguments are no JSON array or object.
    """
    try:
        found = json.loads(arguments)
    except ValueError as error:
        raise CrucibleError(f"--args {arguments!r} is no JSON: {error}.", hint=_ARGS) from error
    if not isinstance(found, list | dict):
        raise CrucibleError(f"--args {arguments!r} holds no arguments.", hint=_ARGS)
    given = {"args": found} if isinstance(found, list) else {"kwargs": found}
    return [TaskPlan.model_validate({"task": name, **given}) for name in names or ()]


_ARGS = "A JSON array, or an object of keywords: --args '[1, \"{unique}\"]'."


def _require_work(target: Target, settings: LoadSettings) -> None:
    if settings.tasks or (settings.pages and target.web):
        return
    raise CrucibleError(
        f"Nothing says how the target {target.name!r} is loaded.",
        hint=f"Name a task with --task, or add [[load.tasks]] to {target.file} (docs/load.md).",
    )
