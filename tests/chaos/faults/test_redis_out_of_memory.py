from collections.abc import Callable
from typing import Any

from chaos.faults.redis_out_of_memory import RedisOutOfMemory
from chaos.means.redis_server import broker
from harness.client.publisher import Enqueue
from harness.event import INFO
from harness.session import Session


def test_what_needs_memory_is_refused(
    session: Session, proves: Any, succeeds: Callable[[str], bool]
) -> None:
    # Given a Redis without memory
    with proves(RedisOutOfMemory()) as proof:
        assert "used memory > 'maxmemory'" in proof

        # When a task is published, then its client learns that it failed
        task, events = Enqueue("plain.add", [1, 2]), session.recorder.events
        session.publisher.enqueue(task)
        assert session.recorder.wait_for(
            lambda: any(e.id == task.id and e.type == INFO for e in events), 20
        )

    # And when it is healed, it has no limit, and tasks are taken
    with broker(session) as client:
        assert client.config_get("maxmemory") == {"maxmemory": "0"}
    task = Enqueue("plain.add", [1, 2])
    session.publisher.enqueue(task)
    assert succeeds(task.id)
