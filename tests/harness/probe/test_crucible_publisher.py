"""Enqueuing through the target's own app, when the broker is there and when it is not."""

import uuid
from collections.abc import Callable

import pytest

from harness.client.publisher import Enqueue
from harness.event import INFO, INVOKE, OK, Event
from harness.operation import Expectation
from harness.plan import CLIENT
from harness.session import Session

OPERATION = (INVOKE, OK, INFO)


@pytest.fixture
def asked(session: Session) -> Callable[[Enqueue], list[Event]]:
    """Enqueues; what the client then tells of the operation."""

    def ask(order: Enqueue) -> list[Event]:
        session.publisher.enqueue(order)

        def told() -> list[Event]:
            events = session.recorder.events
            return [e for e in events if e.id == order.id and e.type in OPERATION]

        assert session.recorder.wait_for(lambda: len(told()) == 2, 30), told()
        return told()

    return ask


def test_what_the_broker_took_is_ok(asked: Callable[[Enqueue], list[Event]]) -> None:
    invoke, end = asked(Enqueue("plain.add", [1, 2], expects=[Expectation("order", "o-1", 1)]))
    assert (invoke.type, end.type) == (INVOKE, OK)
    assert invoke.detail == {"kind": "enqueue", "expects": [["order", "o-1", 1]]}
    assert invoke.node == end.node == CLIENT
    assert invoke.mono <= end.mono


def test_the_result_that_is_expected_is_told(asked: Callable[[Enqueue], list[Event]]) -> None:
    invoke, _ = asked(Enqueue("plain.keep", [3], result_hash="ab12"))
    assert invoke.detail == {"kind": "enqueue", "expects": [], "result_hash": "ab12"}


def test_keywords_and_options_reach_the_task(
    asked: Callable[[Enqueue], list[Event]], session: Session
) -> None:
    order = Enqueue("plain.add", kwargs={"left": 1, "right": 2}, options={"countdown": 0.1})
    asked(order)
    events = session.recorder.events
    assert session.recorder.wait_for(
        lambda: any(e.id == order.id and e.type == "succeeded" for e in events), 30
    )


def test_without_a_broker_nobody_can_know(
    asked: Callable[[Enqueue], list[Event]], session: Session
) -> None:
    # Given a client whose way to the broker is cut
    session.stack.link("client->broker").cut()

    # When it enqueues without trying again
    order = Enqueue("plain.add", [1, 2], options={"retry": False}, id=str(uuid.uuid4()))
    invoke, end = asked(order)

    # Then the outcome is unknown, with the reason
    assert (invoke.type, end.type) == (INVOKE, INFO)
    assert "OperationalError" in end.detail["reason"] or "Connection" in end.detail["reason"]

    # And once it is back, so is the client
    session.stack.link("client->broker").restore()
    assert asked(Enqueue("plain.add", [1, 2]))[1].type == OK
