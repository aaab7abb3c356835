"""Canvases by the client: the id given is that of the last task."""

from typing import Any

import pytest

from harness.client.publisher import Enqueue
from harness.event import OK
from harness.session import Session

ADD: dict[str, Any] = {"task": "plain.add", "args": [1, 2]}
THEN = {"task": "plain.add", "args": [10]}


def at_rest(session: Session) -> int:
    """How many events there are once no other test's task is under way."""
    assert session.recorder.wait_for(lambda: not session.tracker.outstanding, 60)
    return len(session.recorder.events)


@pytest.mark.parametrize("plan", [{"chain": [ADD, THEN]}, {"chain": [ADD, THEN, THEN]}])
def test_a_chain_ends_with_its_operation(session: Session, plan: dict[str, Any]) -> None:
    first = at_rest(session)
    order = Enqueue("sums", canvas=plan)
    session.publisher.enqueue(order)

    def ended() -> list[str]:
        return [e.id for e in session.recorder.events[first:] if e.type == "succeeded"]

    assert session.recorder.wait_for(lambda: order.id in ended(), 30)
    assert len(ended()) == len(plan["chain"])
    told = [e for e in session.recorder.events[first:] if e.id == order.id and e.type == OK]
    assert [e.name for e in told] == ["sums"]


def test_a_group_is_as_many_tasks(session: Session) -> None:
    first = at_rest(session)
    session.publisher.enqueue(Enqueue("both", canvas={"group": [ADD, ADD]}))

    def ended() -> int:
        return sum(e.type == "succeeded" for e in session.recorder.events[first:])

    assert session.recorder.wait_for(lambda: ended() == 2, 30)
