"""Promise: a broker that comes back with what it had confirmed is worked with as before."""

import pytest

from chaos import aim
from chaos.faults.redis_restart import RedisRestart
from chaos.injection import Injector
from harness.scenario import Scenario
from scenarios import weaknesses
from scenarios.guarantees import promises
from scenarios.guarantees.load import Load

pytestmark = [
    promises.always,
    promises.recovers,
    promises.nothing_lost,
    weaknesses.redis_may_lose_what_it_pops,
    pytest.mark.only_broker(weaknesses.REDIS, "how it is restarted without a loss is Redis' own"),
]


def test_broker_restarted(scenario: Scenario, load: Load, inject: Injector) -> None:
    """The broker dies under load and is back with all it had confirmed"""
    # Given a target under load
    load.is_busy()
    # When the broker is killed while a task runs, and started with what it has on disk
    begun = aim.started(load.struck, node=load.worker)
    with scenario.disturb(), inject(RedisRestart(), when=begun):
        pass
    # Then nothing is lost, and what follows is done
    load.arrives()
    scenario.judge()


def test_broker_restarted_while_idle(scenario: Scenario, load: Load, inject: Injector) -> None:
    """The broker dies three times while the worker waits for work"""
    # Given a worker that waits
    load.is_busy(requests=30)
    load.is_done()
    # When the broker dies and comes back, again and again
    with scenario.disturb():
        for _ in range(3):
            with inject(RedisRestart()):
                load.arrives(2)
            load.is_done()
    # Then what follows is done
    load.arrives()
    scenario.judge()
