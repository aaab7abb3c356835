from collections.abc import Callable
from typing import Any

from chaos.faults.redis_crash import RedisCrash
from chaos.means.redis_server import broker
from harness.client.publisher import Enqueue
from harness.session import Session


def test_it_comes_back_empty(
    session: Session, proves: Any, succeeds: Callable[[str], bool]
) -> None:
    # Given a key
    with broker(session) as client:
        client.set("kept", "no")
    node = session.stack.node("broker")
    pid = node.pid

    # When Redis crashes
    with proves(RedisCrash()) as proof:
        assert proof.startswith(f"Redis (pid {pid}) was killed with ")
        assert node.pid is None

    # Then another process has nothing of it, and tasks are done
    assert node.pid not in (None, pid)
    with broker(session) as client:
        assert not client.exists("kept")
    task = Enqueue("plain.add", [1, 2])
    session.publisher.enqueue(task)
    assert succeeds(task.id)
