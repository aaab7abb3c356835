"""Faults on the plain system that all tests share: it is real, and clean before each."""

from collections.abc import Callable, Sequence

import pytest

from chaos.injection import Injector
from harness.client.publisher import Enqueue
from harness.event import (
    FAULT_EFFECTIVE,
    FAULT_HEALED,
    FAULT_INJECTED,
    STARTED,
    SUCCEEDED,
    TERMINAL,
    Event,
)
from harness.session import Session

FAULT_EVENTS = (FAULT_INJECTED, FAULT_EFFECTIVE, FAULT_HEALED)


@pytest.fixture
def inject(session: Session) -> Injector:
    """``with inject(fault): ...``, as a scenario has it."""
    return Injector(session)


@pytest.fixture
def first(session: Session) -> int:
    """How many events there were before the test."""
    return len(session.recorder.events)


@pytest.fixture
def told(session: Session, first: int) -> Callable[[], list[Event]]:
    """What the history tells of faults since the test began."""
    return lambda: [e for e in session.recorder.events[first:] if e.type in FAULT_EVENTS]


@pytest.fixture
def start(session: Session) -> Callable[..., str]:
    """Enqueues a task and returns its id once its body has begun."""

    def start(task: str, args: Sequence[object] = ()) -> str:
        order = Enqueue(task, args)
        session.publisher.enqueue(order)
        assert wait_for(session, order.id, STARTED)
        return order.id

    return start


@pytest.fixture
def ends(session: Session) -> Callable[[str], Event]:
    """The event that ends a task, waited for."""

    def ends(id_: str) -> Event:
        assert wait_for(session, id_, *TERMINAL)
        return next(e for e in session.recorder.events if e.id == id_ and e.type in TERMINAL)

    return ends


@pytest.fixture
def succeeds(ends: Callable[[str], Event]) -> Callable[[str], bool]:
    """Whether a task succeeds in the end."""
    return lambda id_: ends(id_).type == SUCCEEDED


def wait_for(session: Session, id_: str, *types: str) -> bool:
    """Whether an event of one of these types is seen, before long."""
    events = session.recorder.events
    return session.recorder.wait_for(
        lambda: any(e.id == id_ and e.type in types for e in events), 30
    )
