from collections.abc import Callable
from typing import Any

from chaos.faults.redis_client_pause import RedisClientPause
from harness.client.publisher import Enqueue
from harness.event import PUBLISHED, PUBLISHING
from harness.session import Session


def test_nothing_is_written_until_it_goes_on(
    session: Session, proves: Any, succeeds: Callable[[str], bool]
) -> None:
    # Given a Redis that is paused
    with proves(RedisClientPause()) as proof:
        assert proof.startswith("Redis answers a PING and leaves a DEL unanswered")

        # When a task is published, then it is not taken
        task, events = Enqueue("plain.add", [1, 2]), session.recorder.events
        session.publisher.enqueue(task)
        session.recorder.wait_for(
            lambda: any(e.id == task.id and e.type == PUBLISHING for e in events), 10
        )
        assert not any(e.id == task.id and e.type == PUBLISHED for e in events)

    # And when it goes on, the task is done
    assert succeeds(task.id)
