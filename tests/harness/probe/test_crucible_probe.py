"""What the probe tells of a real worker's tasks."""

from collections.abc import Callable

import pytest

from harness.client.publisher import Enqueue
from harness.event import (
    FAILED,
    INVOKE,
    NODE_READY,
    OK,
    PUBLISHED,
    PUBLISHING,
    RECEIVED,
    RETRIED,
    STARTED,
    SUCCEEDED,
    TERMINAL,
    UNKNOWN_TASK,
    Event,
)
from harness.session import Session


@pytest.fixture
def story(session: Session) -> Callable[..., list[Event]]:
    """Runs a task to its end; all events of it, in the order of time."""

    def run(task: str, *arguments: object, **options: object) -> list[Event]:
        order = Enqueue(task, arguments, options=options)
        session.publisher.enqueue(order)

        def events() -> list[Event]:
            return [event for event in session.recorder.events if event.id == order.id]

        def complete() -> bool:
            types = {event.type for event in events()}
            return bool(types & TERMINAL) and OK in types

        assert session.recorder.wait_for(complete, 30), events()
        return sorted(events())

    return run


def by_worker(events: list[Event]) -> list[Event]:
    return [event for event in events if event.node == "worker"]


def test_a_task_that_succeeds(story: Callable[..., list[Event]], session: Session) -> None:
    events = story("plain.add", 1, 2)
    assert {event.name for event in events} == {"plain.add"}
    published = [event for event in events if event.node == "client"]
    assert [event.type for event in published] == [INVOKE, PUBLISHING, PUBLISHED, OK]
    id_ = events[0].id
    detail = {"queue": "celery", "retries": 0, "root": id_, "parent": None, "eta": None}
    assert published[1].detail == published[2].detail == detail

    received, started, succeeded = by_worker(events)
    assert (received.type, started.type, succeeded.type) == (RECEIVED, STARTED, SUCCEEDED)
    assert received.detail == {"retries": 0, "eta": None}
    assert started.detail["pid"] in session.stack.node("worker").children()
    assert (started.detail["retries"], started.detail["redelivered"]) == (0, False)


def test_a_task_that_fails_tells_its_exception(story: Callable[..., list[Event]]) -> None:
    *_, failed = by_worker(story("plain.explode"))
    assert (failed.type, failed.detail) == (FAILED, {"exception": "ValueError: as asked"})


def test_a_task_that_retries_is_one_task_with_several_attempts(
    story: Callable[..., list[Event]],
) -> None:
    # Given a task that succeeds at its third attempt
    events = story("plain.stumble", 2)

    # Then each attempt is told with its number, and the two retries by the worker itself
    worker = by_worker(events)
    attempts = [(e.type, e.detail["retries"]) for e in worker if e.type in (STARTED, RETRIED)]
    assert attempts == [(STARTED, 0), (RETRIED, 0), (STARTED, 1), (RETRIED, 1), (STARTED, 2)]
    again = [e.detail for e in worker if e.type == PUBLISHED]
    assert [detail["retries"] for detail in again] == [1, 2]
    assert all(detail["eta"] for detail in again)
    assert worker[-1].type == SUCCEEDED


def test_a_task_nobody_knows(story: Callable[..., list[Event]]) -> None:
    events = story("plain.no_such_task")
    assert UNKNOWN_TASK in {event.type for event in by_worker(events)}


def test_a_worker_says_when_it_is_ready(session: Session) -> None:
    ready = [e for e in session.recorder.events if e.type == NODE_READY and e.node == "worker"]
    assert ready[-1].id == "worker"
    assert ready[-1].detail == {"pid": session.stack.node("worker").pid}
