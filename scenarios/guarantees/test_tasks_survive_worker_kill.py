"""Promise: a task acknowledged late outlives its worker, wherever in its life that dies."""

from chaos.faults.kill_in_task import KillInTask
from chaos.injection import Injector
from harness.scenario import Scenario
from scenarios import weaknesses
from scenarios.guarantees import promises
from scenarios.guarantees.load import Load

pytestmark = [
    promises.always,
    promises.recovers,
    promises.late_acks_kept,
    weaknesses.redis_may_lose_what_it_pops,
]


def test_worker_killed_early(scenario: Scenario, load: Load, inject: Injector) -> None:
    """SIGKILL of a worker that holds a task it has not begun"""
    load.is_busy(requests=150, rate=30)
    with scenario.disturb(), inject(KillInTask(load.worker, "received")):
        pass
    load.arrives()
    scenario.judge()


def test_worker_killed_in_the_middle(scenario: Scenario, load: Load, inject: Injector) -> None:
    """SIGKILL of a worker in the middle of a task"""
    load.is_busy()
    with scenario.disturb(), inject(KillInTask(load.worker, "started", load.kept_late)):
        pass
    load.arrives()
    scenario.judge()


def test_worker_killed_late(scenario: Scenario, load: Load, inject: Injector) -> None:
    """SIGKILL of a worker that has finished a task and not yet told the broker"""
    load.is_busy()
    with scenario.disturb(), inject(KillInTask(load.worker, "succeeded", load.kept_late)):
        pass
    load.arrives()
    scenario.judge()
