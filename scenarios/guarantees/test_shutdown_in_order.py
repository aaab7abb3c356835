"""Promise: a worker that is asked to end leaves nothing behind."""

import signal

import pytest

from chaos.faults.kill_node import KillNode
from chaos.faults.restart_node import RestartNode
from chaos.faults.rolling_restart import RollingRestart
from chaos.injection import Injector
from harness.scenario import Scenario
from harness.session import Session
from scenarios import weaknesses
from scenarios.guarantees import promises
from scenarios.guarantees.load import Load

PATIENCE_SECONDS = 45.0  # before a worker that does not end is killed
COUNTDOWN_SECONDS = 4.0
LONG_SECONDS_MAX = 6.0
HELD_SECONDS = 1.0
PILE_SECONDS = 4.0

pytestmark = [
    promises.always,
    promises.recovers,
    pytest.mark.promises(shutdown_in_order=promises.in_order),
]


def long(session: Session) -> float:
    """Seconds: well below the visibility timeout, at which another worker would get the task."""
    visible = session.settings.visibility_timeout
    return min(LONG_SECONDS_MAX, 0.6 * visible) if visible else LONG_SECONDS_MAX


@promises.nothing_lost
def test_warm_shutdown(scenario: Scenario, load: Load, inject: Injector) -> None:
    """SIGTERM under load: the worker finishes what it runs and gives back the rest"""
    # Given a target under load
    load.is_busy(requests=150, rate=30)
    # When its worker is asked to end while it runs a task
    load.is_running()
    with scenario.disturb(), inject(RestartNode(load.worker, PATIENCE_SECONDS)):
        pass
    # Then nothing is lost, whenever it is acknowledged
    load.arrives()
    scenario.judge()


@promises.nothing_lost
def test_warm_shutdown_often(scenario: Scenario, load: Load, inject: Injector) -> None:
    """SIGTERM six times while the worker waits for work, has some, or is about to get it"""
    # Given a target with little to do
    load.is_busy(requests=200, rate=6)
    # When its worker ends and comes back, again and again, and work arrives all the time
    with scenario.disturb():
        for _ in range(5):
            with inject(RestartNode(load.worker, PATIENCE_SECONDS)):
                pass
        # Whatever chance made of those: once it surely has a task in its hands
        with (
            load.holds_a_task(seconds_max=HELD_SECONDS),
            inject(RestartNode(load.worker, PATIENCE_SECONDS)),
        ):
            pass
    # Then nothing is lost: neither what it was handed at the last moment, nor what it had done
    load.arrives()
    scenario.judge()


@promises.nothing_lost
def test_warm_shutdown_with_a_long_task(scenario: Scenario, load: Load, inject: Injector) -> None:
    """SIGTERM while one process has a long task and another nothing to do; work goes on arriving"""
    # Given a target with little to do
    load.is_busy(requests=200, rate=8)
    # When its worker is asked to end, and has to wait for a task
    with (
        scenario.disturb(),
        load.holds_a_task(seconds_max=long(scenario.session)),
        inject(RestartNode(load.worker, PATIENCE_SECONDS)),
    ):
        pass
    # Then that is done once, and what arrived meanwhile is not lost
    load.arrives()
    scenario.judge()


@promises.nothing_lost
def test_warm_shutdown_with_countdowns(scenario: Scenario, load: Load, inject: Injector) -> None:
    """SIGTERM while the worker holds tasks that are not due yet"""
    # Given a worker that holds tasks for later
    load.is_busy(requests=60)
    load.asks(load.requests(8, countdown=COUNTDOWN_SECONDS))
    load.holds_for_later()
    # When it is asked to end
    with scenario.disturb(), inject(RestartNode(load.worker, PATIENCE_SECONDS)):
        pass
    # Then it gives them back, and each runs when it is due
    load.arrives()
    scenario.judge()


@promises.late_acks_kept
@weaknesses.redis_may_lose_what_it_pops
def test_cold_shutdown(scenario: Scenario, load: Load, inject: Injector) -> None:
    """SIGQUIT under load: the worker gives back what it has not finished"""
    # Given a target under load
    load.is_busy(requests=150, rate=30)
    # When its worker is told to end at once while it runs a task
    load.is_running()
    with scenario.disturb(), inject(KillNode(load.worker, signal.SIGQUIT)):
        pass
    # Then what is acknowledged late is not lost
    load.arrives()
    scenario.judge()


@promises.nothing_lost
def test_rolling_deploy(scenario: Scenario, load: Load, inject: Injector) -> None:
    """Every worker is replaced in turn, twice, under load"""
    # Given a target under load
    load.is_busy(requests=240)
    # When each worker in turn ends in order and is started again, twice
    with scenario.disturb():
        for _ in range(2):
            load.piles_up(PILE_SECONDS)  # there is work in hand, however long the one before took
            with inject(RollingRestart(PATIENCE_SECONDS)):
                pass
    # Then nothing is lost
    load.arrives()
    scenario.judge()
