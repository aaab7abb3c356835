"""Promise: a worker that got over something holds no more than before."""

import pytest

from chaos.faults.link_down import LinkDown
from chaos.injection import Injector
from harness.scenario import Scenario
from scenarios import weaknesses
from scenarios.guarantees import promises
from scenarios.guarantees.load import Load

CUTS = 14  # a worker that keeps one descriptor of each holds more than is allowed
SAMPLED_SECONDS = 7.0  # three samples of what each node holds

pytestmark = [
    promises.always,
    promises.recovers,
    pytest.mark.promises(resources_return=promises.workers_resources),
    weaknesses.redis_may_lose_what_it_pops,
    weaknesses.redis_worker_keeps_sockets,
]


def test_cuts_leave_nothing_behind(scenario: Scenario, load: Load, inject: Injector) -> None:
    """The link is cut fourteen times: no connection and no descriptor is left open"""
    # Given a worker that has done some work, and waits
    load.is_busy(requests=60)
    load.is_done()
    scenario.hold(SAMPLED_SECONDS)
    # When it is cut off again and again
    with scenario.disturb():
        for _ in range(CUTS):
            load.arrives(5)
            with inject(LinkDown(load.way)):
                pass
            if not load.goes_on():
                break
    # Then it holds what it held before
    load.is_done()
    scenario.hold(SAMPLED_SECONDS)
    scenario.judge()
