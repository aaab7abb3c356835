"""Promise: a task acknowledged late outlives its worker, wherever in its life that dies."""

import pytest

from chaos import aim
from chaos.faults.kill_child import KillChild
from chaos.faults.kill_node import KillNode
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
as_declared = pytest.mark.promises(acks_as_declared=promises.acks)


def test_worker_killed_early(scenario: Scenario, load: Load, inject: Injector) -> None:
    """SIGKILL of a worker that holds a task it has not begun"""
    # Given a target under more load than it has processes
    load.is_busy(requests=150, rate=30)
    # When its worker is killed with a task in hand that it has not begun
    early = aim.received(node=load.worker)
    with scenario.disturb(), inject(KillNode(load.worker, group=True), when=early):
        pass
    # Then what is acknowledged late is done all the same, and so is what follows
    load.arrives()
    scenario.judge()


@as_declared
def test_worker_killed_in_the_middle(scenario: Scenario, load: Load, inject: Injector) -> None:
    """SIGKILL of a worker in the middle of a task"""
    # Given a target under load
    load.is_busy()
    # When its worker is killed with a task that it has begun
    begun = aim.started(load.struck, node=load.worker)
    with scenario.disturb(), inject(KillNode(load.worker, group=True), when=begun):
        pass
    # Then that task runs again, within the time that the broker's settings say
    load.arrives()
    scenario.judge()


def test_worker_killed_late(scenario: Scenario, load: Load, inject: Injector) -> None:
    """SIGKILL of a worker that has finished a task and not yet told the broker"""
    if not load.kept_late:
        pytest.skip("no task of this load is acknowledged late")
    # Given a target under load
    load.is_busy()
    # When its worker is killed between the end of a task and its acknowledgement
    late = aim.done(load.kept_late, node=load.worker)
    with scenario.disturb(), inject(KillNode(load.worker, group=True), when=late):
        pass
    # Then nothing is lost, and what follows is done
    load.arrives()
    scenario.judge()


@as_declared
def test_child_killed(scenario: Scenario, load: Load, inject: Injector) -> None:
    """SIGKILL of the pool process that runs a task"""
    # Given a target under load
    load.is_busy()
    # When a pool process is killed that has begun a task
    begun = aim.started(load.struck, node=load.worker)
    with scenario.disturb(), inject(KillChild(load.worker), when=begun):
        pass
    # Then the task runs again, or ends as lost, as it declares
    load.arrives()
    scenario.judge()
