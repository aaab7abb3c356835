"""A real RabbitMQ: private, quick to tell its depths, and gone without a trace."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from celery import Celery
from kombu import Connection, Producer, Queue, pools

from harness.brokers.broker import BrokerSilentError, Depth
from harness.brokers.rabbitmq import RabbitMQ, RabbitMQGauge
from harness.node import Address
from harness.runtime.ports import HOST
from harness.runtime.processes import LocalNode
from harness.servers.find import Server


@pytest.fixture(scope="module")
def node(running: Callable[..., Any], rabbitmq: Server) -> Iterator[LocalNode]:
    with running(RabbitMQ(), rabbitmq) as node:
        yield node


@pytest.fixture(scope="module")
def url(node: LocalNode) -> str:
    assert node.spec.address
    return RabbitMQ().url(node.spec.address)


@pytest.fixture
def gauge(node: LocalNode) -> Iterator[RabbitMQGauge]:
    gauge = RabbitMQ().gauge(node.spec, ["celery", "urgent"])
    yield gauge
    gauge.close()


@pytest.fixture
def channel(url: str) -> Iterator[Any]:
    """A channel; afterwards the queues are gone."""
    with Connection(url) as connection, connection.channel() as channel:
        yield channel
        for name in ("celery", "urgent", "with a space"):
            channel.queue_delete(name)
    # kombu's connections outlive an app and remember what they have declared: the next app would
    # send to queues that are gone.
    pools.reset()


def test_a_queue_nobody_has_declared_holds_nothing(gauge: RabbitMQGauge) -> None:
    assert gauge.depths() == {"celery": Depth(0, 0), "urgent": Depth(0, 0)}


def test_a_purge_drops_what_is_ready_and_minds_no_missing_queue(
    node: LocalNode,
    url: str,
    gauge: RabbitMQGauge,
    channel: Any,
    eventually: Callable[..., None],
) -> None:
    # Given two messages in one queue, and another queue that nobody has declared
    with Celery(broker=url, broker_transport_options={"confirm_publish": True}) as app:
        app.send_task("shop.ship")
        app.send_task("shop.ship")
    eventually(lambda: gauge.depths()["celery"] == Depth(2, 0))

    # When both are purged, Then nothing waits
    assert node.spec.address
    RabbitMQ().purge(node.spec.address, ["urgent", "celery"])
    assert gauge.depths() == {"celery": Depth(0, 0), "urgent": Depth(0, 0)}


def test_messages_ready_and_unacknowledged_are_told_by_queue(
    url: str, gauge: RabbitMQGauge, channel: Any, eventually: Callable[..., None]
) -> None:
    # Given three messages that Celery has sent, two to one queue
    with Celery(broker=url, broker_transport_options={"confirm_publish": True}) as app:
        app.send_task("shop.ship")
        app.send_task("shop.ship")
        app.send_task("shop.ship", queue="urgent")

    # Then they are told at once
    assert gauge.depths() == {"celery": Depth(2, 0), "urgent": Depth(1, 0)}

    # When one is taken and not acknowledged, then it counts as that
    taken = channel.basic_get("celery")
    assert gauge.depths() == {"celery": Depth(1, 1), "urgent": Depth(1, 0)}

    # When it is acknowledged, then it is gone; and one whose taker leaves is ready again
    channel.basic_ack(taken.delivery_tag)
    with Connection(url) as other:
        other.default_channel.basic_get("urgent")
        eventually(lambda: gauge.depths() == {"celery": Depth(1, 0), "urgent": Depth(0, 1)})
    eventually(lambda: gauge.depths() == {"celery": Depth(1, 0), "urgent": Depth(1, 0)})


def test_a_name_may_hold_spaces(node: LocalNode, channel: Any) -> None:
    queue = Queue("with a space")
    Producer(channel).publish("work", routing_key=queue.name, declare=[queue])
    gauge = RabbitMQ().gauge(node.spec, ["with a space"])
    assert channel.basic_get("with a space")
    assert gauge.depths() == {"with a space": Depth(0, 1)}
    gauge.close()


def test_it_listens_on_this_machine_only_and_needs_no_epmd(node: LocalNode) -> None:
    # Given its processes
    assert node.pid
    main = psutil.Process(node.pid)
    programs = [main, *main.children(recursive=True)]

    # Then every one that listens does so on 127.0.0.1
    listening = [c for p in programs for c in p.net_connections() if c.status == "LISTEN"]
    assert {c.laddr.ip for c in listening} == {HOST}
    assert len(listening) == 3  # AMQP, its control port, Erlang's own

    # And none is an epmd, which would outlive it
    assert "epmd" not in {p.name() for p in programs}
    assert os.path.basename(main.exe()) == "beam.smp"


def test_what_it_writes_is_in_its_own_directory(node: LocalNode) -> None:
    home = Path(node.spec.environment["HOME"])
    assert (home / ".erlang.cookie").is_file()
    assert home.parent == node.spec.cwd
    assert "guest" in node.logs()


def test_a_paused_broker_is_silent_and_then_answers_again(
    node: LocalNode, gauge: RabbitMQGauge, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a broker that has answered
    monkeypatch.setattr("harness.brokers.rabbitmq.ASK_SECONDS_MAX", 0.2)
    gauge.depths()

    # When it is paused, then nothing is told: least of all that it is empty
    node.pause()
    try:
        with pytest.raises(BrokerSilentError):
            gauge.depths()
    finally:
        node.resume()
    assert gauge.depths()["celery"] == Depth(0, 0)


def test_nobody_there_is_silent() -> None:
    with pytest.raises(BrokerSilentError):
        RabbitMQGauge(Address(HOST, 1), ["celery"]).depths()


def test_a_killed_node_takes_its_helpers_along(
    running: Callable[..., Any], rabbitmq: Server, eventually: Callable[..., None]
) -> None:
    # Given one that runs, and the programs it has started
    with running(RabbitMQ(), rabbitmq) as node:
        helpers = psutil.Process(node.pid).children(recursive=True)
        gauge = RabbitMQ().gauge(node.spec, ["celery"])
        gauge.depths()

        # When its main process alone is killed
        node.kill(signal.SIGKILL, cause="test")

        # Then it hangs up, and none of the others lives on
        eventually(lambda: not any(helper.is_running() for helper in helpers))
        with pytest.raises(BrokerSilentError):
            gauge.depths()
