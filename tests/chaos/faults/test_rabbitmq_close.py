from collections.abc import Callable
from typing import Any

import pytest

from chaos.faults.rabbitmq_close import RabbitmqClose
from harness.client.publisher import Enqueue
from harness.session import Session


@pytest.fixture
def session(rabbitmq_session: Session) -> Session:
    return rabbitmq_session


def test_all_are_closed_and_come_back(
    session: Session, proves: Any, succeeds: Callable[[str], bool]
) -> None:
    # When RabbitMQ closes the connections of a worker
    link = session.stack.link("worker->broker")
    assert session.recorder.wait_for(lambda: link.connections() > 0, 10)
    mark = session.stack.node("worker").mark()
    with proves(RabbitmqClose()) as proof:
        assert proof.endswith("connections and lists none of them any more")

    # Then the worker notices, connects anew, and goes on
    task = Enqueue("plain.add", [1, 2])
    session.publisher.enqueue(task)
    assert succeeds(task.id)
    assert "closed by a fault" in session.stack.node("worker").logs(mark)
