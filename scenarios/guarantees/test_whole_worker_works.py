"""Promise: after a fault all of a worker's processes are there, and at work."""

import pytest

from chaos import aim
from chaos.faults.kill_child import KillChild
from chaos.faults.link_down import LinkDown
from chaos.injection import Injector
from harness.scenario import Scenario
from scenarios import weaknesses
from scenarios.guarantees import promises
from scenarios.guarantees.load import Load

TIMES = 3
PILE_SECONDS = 8.0  # for all processes; a single one of two is busy for twice as long
IDLE_MS_MAX = 3_000  # of a worker that is connected
REQUESTS, DONE_SECONDS_MAX = 10, 25.0

pytestmark = [
    promises.always,
    promises.recovers,
    promises.late_acks_kept,
    weaknesses.redis_may_lose_what_it_pops,
]


def test_task_outlasts_reconnection(scenario: Scenario, load: Load, inject: Injector) -> None:
    """The link is cut while one process has a long task: the others find work afterwards"""
    if not load.long:
        pytest.skip("no task of the target declares that it takes 10 s or more")
    # Given a target that has done its work
    load.is_busy(requests=60)
    load.is_done()
    # When its worker connects anew while one of its processes goes on with a task
    with scenario.disturb():
        for _ in range(TIMES):
            with load.holds_a_task(load.long[0]):
                with inject(LinkDown(load.way)):
                    pass
                load.does(REQUESTS, DONE_SECONDS_MAX)
    # Then work goes on, meanwhile and afterwards
    load.piles_up(3.0)
    scenario.judge()


@pytest.mark.promises(children_not_idle={"idle_ms_max": IDLE_MS_MAX})
def test_link_cut_when_all_are_at_work(scenario: Scenario, load: Load, inject: Injector) -> None:
    """The link is cut under more load than there are processes: all are at work afterwards"""
    # Given a target with more work than it can do
    load.is_busy(requests=60)
    load.piles_up(4.0)
    # When its worker cannot reach the broker for a while
    with scenario.disturb(), inject(LinkDown(load.way)):
        scenario.hold(2.0)
    # Then all its processes share what is left, and what follows
    load.is_back()
    load.piles_up(PILE_SECONDS)
    load.is_done()
    scenario.judge()


@pytest.mark.promises("pool-stays-whole")
def test_children_killed_often(scenario: Scenario, load: Load, inject: Injector) -> None:
    """SIGKILL of one pool process after the other: each is replaced"""
    # Given a target under load
    load.is_busy(requests=240)
    # When pool processes are killed in the middle of a task
    with scenario.disturb():
        for _ in range(TIMES):
            with inject(KillChild(load.worker), when=aim.started(load.struck, node=load.worker)):
                pass
    # Then the worker has as many as before, and all are at work
    load.is_whole()
    load.piles_up(3.0)
    scenario.judge()
