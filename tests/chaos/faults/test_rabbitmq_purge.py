from collections.abc import Callable
from typing import Any

import pytest

from chaos.faults.rabbitmq_purge import RabbitmqPurge
from harness.client.publisher import Enqueue
from harness.session import Session


@pytest.fixture
def session(rabbitmq_session: Session) -> Session:
    return rabbitmq_session


def test_what_waits_is_gone(
    session: Session,
    proves: Any,
    start: Callable[..., str],
    succeeds: Callable[[str], bool],
) -> None:
    # Given a worker that is busy, and three tasks in its queue
    busy = [start("plain.nap", [1.5]) for _ in range(2)]
    waiting = [Enqueue("plain.add", [1, 2]) for _ in range(4)]
    for task in waiting:
        session.publisher.enqueue(task)
    depths = session.backlog.depths
    assert session.recorder.wait_for(lambda: depths()["celery"].ready >= 1, 10)

    # When the queue is purged, then the server says how many it deleted
    with proves(RabbitmqPurge()) as proof:
        assert proof.startswith("RabbitMQ deleted ")
        assert depths()["celery"].ready == 0

    # And what was held is done
    assert all(succeeds(task) for task in busy)
