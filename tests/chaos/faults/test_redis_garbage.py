from collections.abc import Callable
from typing import Any

from chaos.faults.redis_garbage import RedisGarbage
from harness.client.publisher import Enqueue
from harness.session import Session


def test_the_worker_that_takes_it_ends_and_comes_back(
    session: Session, proves: Any, succeeds: Callable[[str], bool]
) -> None:
    # When there is garbage in its queue, then the worker ends of it
    worker = session.stack.node("worker")
    pid = worker.pid
    with proves(RedisGarbage()) as proof:
        assert proof.startswith("worker took it and ended: ")

    # And another process goes on
    assert worker.pid not in (None, pid)
    task = Enqueue("plain.add", [1, 2])
    session.publisher.enqueue(task)
    assert succeeds(task.id)
