import threading
from collections.abc import Iterator
from typing import Any

import pytest

from chaos.faults.kill_in_gap import KillInGap
from harness.client.publisher import Enqueue
from harness.event import PUBLISHED, RECEIVED
from harness.session import Session


@pytest.fixture
def arriving(session: Session) -> Iterator[list[str]]:
    """Tasks that keep arriving; their ids."""
    ids: list[str] = []
    stopping = threading.Event()

    def publish() -> None:
        while not stopping.wait(0.05):
            task = Enqueue("plain.add", [1, 2])
            session.publisher.enqueue(task)
            ids.append(task.id)

    thread = threading.Thread(target=publish)
    thread.start()
    yield ids
    stopping.set()
    thread.join()


def test_one_message_was_in_the_gap_and_is_lost(
    session: Session, proves: Any, arriving: list[str], first: int
) -> None:
    # When a worker is killed with a message in the gap
    with proves(KillInGap("worker")) as proof:
        assert proof.startswith("worker (pid ")
        assert proof.endswith("ended: -9, with a message of celery in the gap")

    # Then what was published before and received by nobody is just this one, once all is quiet
    ended = len(arriving)
    events = session.recorder.events[first:]
    published = [e.id for e in events if e.type == PUBLISHED and e.id in arriving[:ended]]

    def missing() -> set[str]:
        received = {e.id for e in session.recorder.events[first:] if e.type == RECEIVED}
        return set(published) - received

    assert session.recorder.wait_for(lambda: len(missing()) <= 1, 30)
    assert len(missing()) == 1
