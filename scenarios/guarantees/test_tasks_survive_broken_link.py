"""Promise: whatever happens to the way to the broker, work goes on once it is open again."""

from chaos.faults.link_down import LinkDown
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
]


def test_link_cut_once(scenario: Scenario, load: Load, inject: Injector) -> None:
    """The worker's connections to the broker are cut for 3 s"""
    load.is_busy()
    with scenario.disturb(), inject(LinkDown(f"{load.worker}->broker")):
        scenario.hold(3.0)
    load.arrives()
    scenario.judge()


def test_link_cut_often(scenario: Scenario, load: Load, inject: Injector) -> None:
    """The worker's connections to the broker are cut four times, soon after each other"""
    load.is_busy(requests=240)
    with scenario.disturb():
        for _ in range(4):
            with inject(LinkDown(f"{load.worker}->broker")):
                scenario.hold(1.0)
            load.is_connected()
    load.arrives()
    scenario.judge()


def test_link_cut_while_idle(scenario: Scenario, load: Load, inject: Injector) -> None:
    """The connections of a worker that waits for work are cut, and work arrives meanwhile"""
    load.is_busy(requests=30)
    load.is_done()
    with scenario.disturb(), inject(LinkDown(f"{load.worker}->broker")):
        load.arrives()
        scenario.hold(3.0)
    load.arrives()
    scenario.judge()


def test_link_cut_often_while_idle(scenario: Scenario, load: Load, inject: Injector) -> None:
    """The connections of a worker that waits for work are cut again and again, for moments"""
    load.is_busy(requests=30)
    load.is_done()
    with scenario.disturb():
        for seconds in (0.1, 0.3, 1.0, 0.1):
            with inject(LinkDown(f"{load.worker}->broker")):
                load.arrives(2)
                scenario.hold(seconds)
            load.is_done()
    load.arrives()
    scenario.judge()
