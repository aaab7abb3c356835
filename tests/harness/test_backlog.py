"""The backlog, sampled from a real Redis that is filled the way kombu fills it."""

import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from celery import Celery

from harness import readiness
from harness.backlog import UNACKED, Backlog
from harness.event import SAMPLE
from harness.node import Address
from harness.recorder import Recorder
from harness.runtime.ports import HOST, Ports
from harness.servers.install import ensure


@pytest.fixture(scope="module")
def broker(
    tmp_path_factory: pytest.TempPathFactory, eventually: Callable[..., None]
) -> Iterator[Address]:
    directory: Path = tmp_path_factory.mktemp("redis")
    ports = Ports()
    address = Address(HOST, ports.take())
    path = ensure(["redis"])["redis"].path
    process = subprocess.Popen(
        [path, "--bind", HOST, "--port", str(address.port), "--dir", directory, "--save", ""],
        stdout=subprocess.DEVNULL,
    )
    try:
        eventually(lambda: readiness.redis(address))
        yield address
    finally:
        process.kill()
        process.wait()
        ports.close()


@pytest.fixture
def client(broker: Address) -> Iterator["redis.Redis"]:
    with redis.Redis(*broker) as client:
        client.flushall()
        yield client


@pytest.fixture
def backlog(broker: Address, recorder: Recorder) -> Iterator[Backlog]:
    backlog = Backlog(broker, ["celery", "urgent"], recorder)
    yield backlog
    backlog.stop()


def wait_for_sample(recorder: Recorder, queue: str, **wanted: int) -> bool:
    def seen() -> bool:
        samples = [e for e in recorder.events if e.type == SAMPLE and e.id == queue]
        return bool(samples) and samples[-1].detail == {"ready": 0, "unacked": 0, **wanted}

    return recorder.wait_for(seen, 5)


@pytest.mark.usefixtures("client")
def test_messages_of_every_priority_are_counted(
    broker: Address, backlog: Backlog, recorder: Recorder
) -> None:
    # Given messages that Celery has sent with four priorities, one to another queue
    app = Celery(broker=f"redis://{broker}/0")
    for priority in (0, 3, 6, 9):
        app.send_task("shop.ship", priority=priority)
    app.send_task("shop.ship", queue="urgent")
    app.close()

    # Then all are in the sample of their queue, and the broker was never empty
    backlog.start()
    assert wait_for_sample(recorder, "celery", ready=4)
    assert wait_for_sample(recorder, "urgent", ready=1)
    assert backlog.last_empty == 0


def test_messages_taken_and_not_acknowledged_are_counted(
    client: "redis.Redis", backlog: Backlog, recorder: Recorder
) -> None:
    client.hset("unacked", "a-delivery", "a message")
    backlog.start()
    assert wait_for_sample(recorder, UNACKED, unacked=1)
    assert backlog.last_empty == 0


@pytest.mark.usefixtures("client")
def test_an_empty_broker_is_known_to_be_empty_since_it_was_asked(
    backlog: Backlog, recorder: Recorder
) -> None:
    before = time.monotonic_ns()
    backlog.start()
    assert recorder.wait_for(lambda: backlog.last_empty > before, 5)
    assert backlog.last_empty <= time.monotonic_ns()


def test_a_broker_that_is_down_is_not_sampled(recorder: Recorder) -> None:
    # Given an address nobody listens on
    backlog = Backlog(Address(HOST, 1), ["celery"], recorder)

    # When it was asked at least once
    backlog._sample()

    # Then nothing is said of it
    assert not recorder.events
    assert backlog.last_empty == 0
