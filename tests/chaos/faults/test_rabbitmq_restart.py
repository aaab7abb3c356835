from collections.abc import Callable
from typing import Any

import pytest

from chaos.faults.rabbitmq_restart import RabbitmqRestart
from harness.client.publisher import Enqueue
from harness.session import Session


@pytest.fixture
def session(rabbitmq_session: Session) -> Session:
    return rabbitmq_session


def test_it_comes_back_with_what_was_in_its_queues(
    session: Session, proves: Any, succeeds: Callable[[str], bool]
) -> None:
    # Given a task in the queue of a worker that cannot take it
    session.stack.link("worker->broker").cut()
    task = Enqueue("plain.add", [1, 2])
    session.publisher.enqueue(task)
    depths = session.backlog.depths
    assert session.recorder.wait_for(lambda: depths()["celery"].ready == 1, 10)
    node = session.stack.node("broker")
    pid = node.pid

    # When RabbitMQ is stopped
    with proves(RabbitmqRestart()) as proof:
        assert proof == f"RabbitMQ (pid {pid}) ended: 0"
        assert node.pid is None

    # Then another process has the task, and the worker does it
    assert node.pid not in (None, pid)
    session.stack.link("worker->broker").restore()
    assert succeeds(task.id)
