"""Promise: without any fault each task ends once, as it declares."""

import pytest

from harness.scenario import Scenario
from scenarios.guarantees import promises
from scenarios.guarantees.load import Load

HEAP_SECONDS = 1.0

pytestmark = [
    promises.always,
    promises.nothing_lost,
    pytest.mark.promises(no_duplicate_execution=promises.once),
]


@pytest.mark.promises(
    retries_as_declared=promises.retries,
    time_limits_hold=promises.limits,
    routed_as_declared=promises.routes,
    canvas_completes=promises.canvases,
)
def test_tasks_run_as_declared(scenario: Scenario, load: Load) -> None:
    """The usual load, each other task once, and a heap of work; nothing is broken"""
    # Given a target under load
    load.is_busy(requests=60)
    # When every declared task is asked for, and more than its workers can begin at once
    load.asks(load.one_of_each())
    load.piles_up(HEAP_SECONDS)
    # Then each ends once, after the retries and within the limits that it declares
    scenario.judge()


def test_idle_worker_wakes(scenario: Scenario, load: Load) -> None:
    """Nothing to do for half a minute, then work"""
    # Given a target that has done its work
    load.is_busy(requests=30)
    load.is_done()
    # When nothing is asked of it for longer than a connection's health check takes, and then work
    scenario.hold(30.0)
    load.arrives(60)
    # Then it is done
    scenario.judge()
