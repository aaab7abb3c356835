import queue
import random
import time
from itertools import pairwise
from typing import Any

import httpx
import pytest

from harness.client.publisher import Enqueue
from harness.client.web import WebOperation
from harness.event import INVOKE
from harness.recorder import Recorder
from harness.workload import Action, Workload, poisson


class Publisher:
    """Keeps what it is handed, or is gone."""

    def __init__(self) -> None:
        self.enqueued: queue.Queue[tuple[float, Enqueue]] = queue.Queue()
        self.gone = False

    def enqueue(self, task: Enqueue) -> None:
        if self.gone:
            raise BrokenPipeError
        self.enqueued.put((time.monotonic(), task))


@pytest.fixture
def publisher() -> Publisher:
    return Publisher()


@pytest.fixture
def workload(publisher: Publisher, recorder: Recorder) -> Any:
    """Makes a workload."""
    made: list[Workload] = []

    def make(actions: list[Action], arrivals: list[float]) -> Workload:
        made.append(Workload(actions, arrivals, publisher, recorder))  # type: ignore[arg-type]
        return made[-1]

    return make


def test_a_seed_decides_the_arrivals() -> None:
    first = list(poisson(50, 200, random.Random("7:x")))
    assert first == list(poisson(50, 200, random.Random("7:x")))
    assert first != list(poisson(50, 200, random.Random("8:x")))


def test_arrivals_come_in_order_and_at_the_rate_on_average() -> None:
    # Of 10,000 gaps the mean is within 4 % of 1/rate but once in 15,000 seeds; this one is fixed.
    arrivals = list(poisson(50, 10_000, random.Random(1)))
    assert all(earlier <= later for earlier, later in pairwise([0.0, *arrivals]))
    assert arrivals[-1] == pytest.approx(10_000 / 50, rel=0.04)


def test_each_operation_is_asked_for_at_its_time(workload: Any, publisher: Publisher) -> None:
    # Given three tasks, 50 ms apart
    tasks = [Enqueue("shop.ship", [number]) for number in range(3)]
    arrivals = [0.0, 0.05, 0.1]
    began = time.monotonic()
    made = workload(tasks, arrivals)
    made.start()
    made.finish()

    # Then they come in order, none before its time
    asked = [publisher.enqueued.get_nowait() for _ in tasks]
    assert [task for _, task in asked] == tasks
    assert all(at - began >= due for (at, _), due in zip(asked, arrivals, strict=True))


def test_a_slow_web_server_does_not_hold_up_what_comes_after(
    workload: Any, publisher: Publisher, recorder: Recorder
) -> None:
    # Given a page that answers only once the task after it was enqueued
    task = Enqueue("shop.ship")

    def request() -> httpx.Response:
        publisher.enqueued.get(timeout=10)
        return httpx.Response(200)

    page = WebOperation("order", request, lambda answer: answer.is_success)
    made = workload([page, task], [0.0, 0.01])

    # Then both are performed
    made.start()
    made.finish()
    assert [event.type for event in recorder.events] == [INVOKE, "ok"]


def test_stopping_asks_for_nothing_more(workload: Any, publisher: Publisher) -> None:
    made = workload([Enqueue("shop.ship")], [600.0])
    made.start()
    made.stop()
    assert publisher.enqueued.empty()


def test_a_client_that_is_gone_is_told(workload: Any, publisher: Publisher) -> None:
    publisher.gone = True
    made = workload([Enqueue("shop.ship")], [0.0])
    made.start()
    with pytest.raises(BrokenPipeError):
        made.finish()


def test_each_operation_needs_its_time(workload: Any) -> None:
    with pytest.raises(ValueError, match="zip"):
        workload([Enqueue("shop.ship")], [])
