"""Promise: a task's time limits hold although its worker connects anew meanwhile."""

import pytest

from chaos.faults.link_down import LinkDown
from chaos.injection import Injector
from harness.scenario import Scenario
from scenarios import weaknesses
from scenarios.guarantees import promises
from scenarios.guarantees.load import Load

pytestmark = [
    promises.always,
    promises.recovers,
    pytest.mark.promises(time_limits_hold=promises.limits),
    weaknesses.redis_may_lose_what_it_pops,
]


def test_limits_outlast_reconnection(scenario: Scenario, load: Load, inject: Injector) -> None:
    """The link is cut for a moment while a task runs that is going to exceed its limit"""
    if not load.overrunning:
        pytest.skip("no task that is meant to fail declares a time limit")
    # Given a target that has done its work
    load.is_busy(requests=60)
    load.is_done()
    for task in load.overrunning:
        # When its worker connects anew while such a task has not come to its limit yet
        with scenario.disturb(), load.runs(task), inject(LinkDown(load.way)):
            pass
        # Then it ends at its limit all the same
        load.is_done()
    load.arrives()
    scenario.judge()
