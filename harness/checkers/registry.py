"""The checkers by the name of their guarantee; a new checker is one file and one line here."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from harness.checkers.acks_as_declared import AcksAsDeclared
from harness.checkers.canvas_completes import CanvasCompletes
from harness.checkers.checker import Checker
from harness.checkers.children_not_idle import ChildrenNotIdle
from harness.checkers.drains_after_heal import DrainsAfterHeal
from harness.checkers.drains_within import DrainsWithin
from harness.checkers.effects_match import EffectsMatch
from harness.checkers.faults_took_effect import FaultsTookEffect
from harness.checkers.links_run_once import LinksRunOnce
from harness.checkers.meets_thresholds import MeetsThresholds
from harness.checkers.no_duplicate_execution import NoDuplicateExecution
from harness.checkers.no_task_lost import NoTaskLost
from harness.checkers.no_unexpected_execution import NoUnexpectedExecution
from harness.checkers.nodes_stay_up import NodesStayUp
from harness.checkers.pool_stays_whole import PoolStaysWhole
from harness.checkers.queues_isolated import QueuesIsolated
from harness.checkers.reaches import Reaches
from harness.checkers.recovers_within import RecoversWithin
from harness.checkers.resources_return import ResourcesReturn
from harness.checkers.results_match import ResultsMatch
from harness.checkers.retries_as_declared import RetriesAsDeclared
from harness.checkers.routed_as_declared import RoutedAsDeclared
from harness.checkers.schedule_exact import ScheduleExact
from harness.checkers.schedule_options_arrive import ScheduleOptionsArrive
from harness.checkers.settings import listed, made
from harness.checkers.shutdown_in_order import ShutdownInOrder
from harness.checkers.time_limits_hold import TimeLimitsHold
from harness.checkers.worker_not_stalled import WorkerNotStalled
from harness.errors import CrucibleError

CHECKERS: Final[tuple[type[Checker], ...]] = (
    NoTaskLost,
    NoUnexpectedExecution,
    NoDuplicateExecution,
    EffectsMatch,
    NodesStayUp,
    RecoversWithin,
    FaultsTookEffect,
    AcksAsDeclared,
    RetriesAsDeclared,
    TimeLimitsHold,
    LinksRunOnce,
    CanvasCompletes,
    RoutedAsDeclared,
    QueuesIsolated,
    ChildrenNotIdle,
    WorkerNotStalled,
    PoolStaysWhole,
    DrainsWithin,
    ResultsMatch,
    ResourcesReturn,
    ShutdownInOrder,
    Reaches,
    ScheduleExact,
    ScheduleOptionsArrive,
    MeetsThresholds,
    DrainsAfterHeal,
)
REGISTRY: Final[Mapping[str, type[Checker]]] = MappingProxyType(
    {checker.guarantee: checker for checker in CHECKERS}
)


def build(guarantee: str, settings: Mapping[str, Any]) -> Checker:
    """The checker of ``guarantee`` with ``settings`` (lists are taken for tuples).

    Raises:
        CrucibleError: there is no such guarantee or setting, or a value has the wrong type.
    """
    if guarantee not in REGISTRY:
        raise CrucibleError(
            f"There is no guarantee {guarantee!r}.", hint=f"There are: {listed(REGISTRY)}."
        )
    return made(REGISTRY[guarantee], guarantee, settings)
