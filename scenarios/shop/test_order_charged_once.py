"""Promise: an order is charged once, or declined and not charged at all."""

import pytest

from chaos.faults.black_hole import BlackHole
from chaos.faults.link_down import LinkDown
from chaos.faults.redis_crash import RedisCrash
from chaos.faults.service_error import ServiceError
from chaos.faults.slow_service import SlowService
from chaos.injection import Injector
from harness.scenario import Scenario
from scenarios import weaknesses
from scenarios.shop import promises
from scenarios.shop.workload import Shop


@promises.calm
def test_order_charged_once(scenario: Scenario, shop: Shop) -> None:
    """Nothing is broken"""
    # Given a shop under load, When nothing happens
    shop.takes(orders=40)
    # Then each order is completed, charged once, and taken from stock once
    scenario.judge()


@promises.faulted
def test_order_survives_gateway_errors(scenario: Scenario, shop: Shop, inject: Injector) -> None:
    """The payment gateway answers with errors for 2 s

    Kept by: any error of the gateway is retried under the order's own idempotency key."""
    # Given a shop under load
    shop.takes(orders=60)
    # When the gateway fails
    with scenario.disturb(), inject(ServiceError("gateway")):
        scenario.hold(2.0)
    # Then each order is completed and charged once
    scenario.judge()


@promises.faulted
def test_order_survives_gateway_outage(scenario: Scenario, shop: Shop, inject: Injector) -> None:
    """The payment gateway is silent for 3 s

    Kept by: the order stays owed in its row, is retried, and swept up when it falls due."""
    # Given a shop under load
    shop.takes(orders=70)
    # When the gateway answers nobody
    with scenario.disturb(), inject(BlackHole("worker->gateway")):
        scenario.hold(3.0)
    # Then each order is completed and charged once
    scenario.judge()


@promises.faulted
def test_order_survives_database_cut(scenario: Scenario, shop: Shop, inject: Injector) -> None:
    """The database is silent to the worker for 3 s

    Kept by: a task waits for the database however long it is away, its message kept."""
    # Given a shop under load
    shop.takes(orders=70)
    # When the database answers the worker nothing, and then its connections end
    with scenario.disturb(), inject(BlackHole("worker->database")):
        scenario.hold(3.0)
    # Then each order is completed and charged once
    scenario.judge()


@promises.faulted
@promises.broker_forgets
@pytest.mark.only_broker(weaknesses.REDIS, "RabbitMQ keeps durable queues on disk")
def test_order_survives_empty_broker(scenario: Scenario, shop: Shop, inject: Injector) -> None:
    """The broker is killed and comes back empty: the tutorial's container has no volume

    Kept by: what a page accepts is a row first, whose sweep enqueues it again."""
    # Given a shop under load
    shop.takes(orders=70, rate=20)
    # When orders pile up, and the broker forgets all it was told
    with scenario.disturb(), inject(SlowService("gateway", delay_seconds=0.5)):
        scenario.hold(1.0)
        with inject(RedisCrash()):
            pass
    # Then each order is completed and charged once
    scenario.judge()


@promises.faulted
@weaknesses.redis_may_lose_what_it_pops
def test_order_survives_page_without_broker(
    scenario: Scenario, shop: Shop, inject: Injector
) -> None:
    """The shop's pages cannot reach the broker for 3 s

    Kept by: what a page accepts is a row first; the sweep enqueues what the broker did not take."""
    # Given a shop under load, of every kind
    shop.takes(orders=40, registrations=15, imports=10, reports=5)
    # When pages cannot enqueue
    with scenario.disturb(), inject(LinkDown("web->broker")):
        scenario.hold(3.0)
    # Then what was accepted is completed and charged once, and nothing is half done
    scenario.judge()
