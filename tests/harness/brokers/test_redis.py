"""Depths of a real Redis that is filled the way kombu fills it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
from celery import Celery

from harness.brokers.broker import BrokerSilentError, Depth
from harness.brokers.redis import UNACKED, Redis, RedisGauge
from harness.node import Address
from harness.runtime.ports import HOST
from harness.runtime.processes import LocalNode
from harness.servers.install import ensure


@pytest.fixture(scope="module")
def node(running: Callable[..., Any]) -> Iterator[LocalNode]:
    with running(Redis(), ensure(["redis"])["redis"]) as node:
        yield node


@pytest.fixture
def client(node: LocalNode) -> Iterator["redis.Redis"]:
    assert node.spec.address
    with redis.Redis(*node.spec.address) as client:
        client.flushall()
        yield client


@pytest.fixture
def gauge(node: LocalNode) -> Iterator[RedisGauge]:
    gauge = Redis().gauge(node.spec, ["celery", "urgent"])
    yield gauge
    gauge.close()


@pytest.mark.usefixtures("client")
def test_messages_of_every_priority_are_counted(node: LocalNode, gauge: RedisGauge) -> None:
    # Given messages that Celery has sent with four priorities, one to another queue
    assert node.spec.address
    with Celery(broker=Redis().url(node.spec.address)) as app:
        for priority in (0, 3, 6, 9):
            app.send_task("shop.ship", priority=priority)
        app.send_task("shop.ship", queue="urgent")

    # Then all are told of their queue
    assert gauge.depths() == {
        "celery": Depth(4, 0),
        "urgent": Depth(1, 0),
        UNACKED: Depth(0, 0),
    }


def test_messages_taken_and_not_acknowledged_are_counted(
    client: "redis.Redis", gauge: RedisGauge
) -> None:
    client.hset("unacked", "a-delivery", "a message")
    assert gauge.depths()[UNACKED] == Depth(0, 1)


def test_nobody_there_is_silent() -> None:
    with pytest.raises(BrokerSilentError):
        RedisGauge(Address(HOST, 1), ["celery"]).depths()


def test_a_purge_drops_what_waits_what_nobody_holds_and_results(
    node: LocalNode, gauge: RedisGauge, client: "redis.Redis"
) -> None:
    # Given messages of two priorities, one that was handed out, a result, and a binding
    assert node.spec.address
    with Celery(broker=Redis().url(node.spec.address)) as app:
        app.send_task("shop.ship")
        app.send_task("shop.ship", priority=9)
    client.hset("unacked", "tag", "message")
    client.set("celery-task-meta-1", "{}")
    client.sadd("_kombu.binding.other", "as it was")

    # When the queues are purged, Then only what is no work stays
    Redis().purge(node.spec.address, ["celery", "urgent"])
    assert not any(map(sum, gauge.depths().values()))
    left = client.keys("*")
    assert b"_kombu.binding.other" in left
    assert all(key.startswith(b"_kombu.binding") for key in left)


def test_a_purge_of_a_broker_that_is_away_says_so() -> None:
    with pytest.raises(BrokerSilentError):
        Redis().purge(Address(HOST, 1), ["celery"])
