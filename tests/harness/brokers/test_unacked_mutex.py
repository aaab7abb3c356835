"""kombu's mutex, held as redis-py holds it, on the broker of a plain system."""

import redis

from harness.brokers.broker import BROKER
from harness.brokers.unacked_mutex import KEY, UnackedMutex
from harness.event import REDELIVERY_BLOCKED
from harness.session import Session


def test_only_one_who_does_not_let_go_blocks(session: Session) -> None:
    client = redis.Redis(*session.stack.address(BROKER), db=9)
    mutex = UnackedMutex(client)
    # Given nobody, and holders that come and go
    assert mutex.left_ms() == 0
    for _ in range(2):
        with client.lock(KEY, timeout=300):
            assert mutex.left_ms() == 0
    # When one stays, Then it blocks until it expires
    with client.lock(KEY, timeout=300):
        assert mutex.left_ms() == 0
        assert 290_000 < mutex.left_ms() <= 300_000
    assert mutex.left_ms() == 0


def test_a_stack_tells_of_a_mutex_that_was_left(session: Session) -> None:
    # Given a worker that died in its sweep
    first = len(session.recorder.events)
    client = redis.Redis(*session.stack.address(BROKER))
    while not client.set(KEY, "of a dead worker", px=1_000, nx=True):
        pass  # a living one holds it for a moment

    # When it expires, Then both are told
    def told() -> list[bool]:
        events = session.recorder.events[first:]
        return [e.detail["left_ms"] > 0 for e in events if e.type == REDELIVERY_BLOCKED]

    assert session.recorder.wait_for(lambda: told() == [True, False], 10)
