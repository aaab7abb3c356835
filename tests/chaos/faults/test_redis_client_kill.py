from collections.abc import Callable
from typing import Any

from chaos.faults.redis_client_kill import RedisClientKill
from harness.client.publisher import Enqueue
from harness.session import Session


def test_all_are_hung_up_on_and_come_back(
    session: Session, proves: Any, succeeds: Callable[[str], bool]
) -> None:
    # Given a worker that is connected to its broker
    link = session.stack.link("worker->broker")
    assert session.recorder.wait_for(lambda: link.connections() > 0, 10)

    # When Redis hangs up on everybody
    with proves(RedisClientKill()) as proof:
        assert proof.startswith("Redis closed ")

    # Then work goes on over new connections
    task = Enqueue("plain.add", [1, 2])
    session.publisher.enqueue(task)
    assert succeeds(task.id)
