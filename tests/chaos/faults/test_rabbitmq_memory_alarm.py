from collections.abc import Callable
from typing import Any

import pytest

from chaos.faults.rabbitmq_memory_alarm import RabbitmqMemoryAlarm
from harness.client.publisher import Enqueue
from harness.session import Session


@pytest.fixture
def session(rabbitmq_session: Session) -> Session:
    return rabbitmq_session


def test_publishers_are_blocked_until_it_is_over(
    session: Session, proves: Any, succeeds: Callable[[str], bool]
) -> None:
    with proves(RabbitmqMemoryAlarm()) as proof:
        assert proof.startswith("RabbitMQ has raised the alarm {{resource_limit,memory,")
        task = Enqueue("plain.add", [1, 2])
        session.publisher.enqueue(task)
        assert session.recorder.wait_for(
            lambda: any(e.id == task.id for e in session.recorder.events), 10
        )
        assert session.backlog.depths()["celery"] == (0, 0)
    assert succeeds(task.id)
