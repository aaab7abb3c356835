"""What the probe tells of a real worker's tasks."""

import signal
from collections.abc import Callable

import pytest

from harness.client.publisher import Enqueue
from harness.event import (
    CHILD_EXITED,
    CHILD_STARTED,
    CONSUMING,
    DISCONNECTED,
    ERRBACK,
    FAILED,
    HARD_LIMIT,
    IGNORED,
    INVOKE,
    NODE_READY,
    OK,
    PUBLISHED,
    PUBLISHING,
    RECEIVED,
    REJECTED,
    REQUEUED,
    RETRIED,
    SHUTTING_DOWN,
    SOFT_LIMIT,
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


def test_a_task_that_fails_tells_its_exception(
    story: Callable[..., list[Event]], session: Session
) -> None:
    *_, failed = by_worker(story("plain.explode"))
    assert (failed.type, failed.detail["exception"]) == (FAILED, "ValueError: as asked")
    # And it is the task's own process that tells it
    assert failed.detail["pid"] in session.stack.node("worker").children()


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
    said = {"pid": session.stack.node("worker").pid, "queues": ["celery"], "concurrency": 2}
    assert ready[-1].detail == said


def test_a_child_tells_that_it_began(session: Session) -> None:
    begun = {e.detail["pid"] for e in session.recorder.events if e.type == CHILD_STARTED}
    assert begun >= set(session.stack.node("worker").children())


def test_a_worker_tells_that_it_was_asked_to_end(session: Session) -> None:
    # Given a worker
    worker, events = session.stack.node("worker"), session.recorder.events
    pid, since = worker.pid, len(events)

    # When it is asked to end in order
    worker.kill(signal.SIGTERM, cause="warm shutdown")

    # Then it says which way, and its successor is up
    def told(type_: str) -> list[Event]:
        return [e for e in events[since:] if e.type == type_ and e.id == "worker"]

    assert session.recorder.wait_for(lambda: bool(told(NODE_READY)), 60)
    assert [e.detail for e in told(SHUTTING_DOWN)] == [{"how": "warm", "pid": pid}]


def test_a_worker_tells_that_it_lost_its_broker_and_that_it_consumes_again(
    session: Session,
) -> None:
    # Given a worker whose way to the broker is cut
    events, since = session.recorder.events, len(session.recorder.events)
    link = session.stack.link("worker->broker")

    def told() -> list[str]:
        both = (DISCONNECTED, CONSUMING)
        return [e.type for e in events[since:] if e.id == "worker" and e.type in both]

    link.cut()
    assert session.recorder.wait_for(lambda: DISCONNECTED in told(), 30)

    # When it is there again
    link.restore()

    # Then the worker says so once it takes messages
    assert session.recorder.wait_for(lambda: told()[-1:] == [CONSUMING], 30)


def told_without_a_signal(events: list[Event]) -> list[str]:
    worker = [e.type for e in by_worker(events)]
    return [type_ for type_ in worker if type_ not in (RECEIVED, STARTED)]


def test_a_body_that_ignores_or_refuses(story: Callable[..., list[Event]]) -> None:
    assert told_without_a_signal(story("plain.shrug")) == [IGNORED]
    assert told_without_a_signal(story("plain.refuse", True)) == [REQUEUED, SUCCEEDED]
    # Celery 5.7 sends the signal of a failure besides.
    assert told_without_a_signal(story("plain.refuse", False))[0] == REJECTED


def test_a_soft_limit_is_told_by_the_process_it_is_raised_in(
    story: Callable[..., list[Event]],
) -> None:
    *_, started, limit, failed = by_worker(story("plain.nap", 60, soft_time_limit=1))
    assert (started.type, limit.type, failed.type) == (STARTED, SOFT_LIMIT, FAILED)
    assert limit.mono - started.mono >= 9 * 10**8
    assert failed.detail == {
        "exception": "SoftTimeLimitExceeded: SoftTimeLimitExceeded()",
        "pid": started.detail["pid"],
    }


def test_a_hard_limit_is_told_by_the_worker_and_the_end_of_its_process_by_the_kernel(
    story: Callable[..., list[Event]], session: Session
) -> None:
    # Given a task that is acknowledged when it meets its limit
    id_ = story("plain.nap", 60, time_limit=1)[0].id

    # Then the worker tells it; it may fail the task a moment before
    def told() -> dict[str, Event]:
        return {event.type: event for event in session.recorder.events if event.id == id_}

    assert session.recorder.wait_for(lambda: HARD_LIMIT in told(), 30), told()
    started, limit = told()[STARTED], told()[HARD_LIMIT]
    assert limit.detail == {"limit_s": 1, "requeue": False}
    assert limit.mono - started.mono >= 9 * 10**8

    # And its process ends
    def exited() -> bool:
        told = [e for e in session.recorder.events if e.type == CHILD_EXITED]
        return any(e.detail["pid"] == started.detail["pid"] for e in told)

    assert session.recorder.wait_for(exited, 30)


def test_an_errback_that_is_called_inside_the_worker(story: Callable[..., list[Event]]) -> None:
    blank = {"args": [], "kwargs": {}, "options": {}, "subtask_type": None, "immutable": False}
    events = story("plain.explode", link_error={"task": "plain.mourn", **blank})
    assert [e.name for e in events if e.type == ERRBACK] == ["plain.mourn"]
