from collections.abc import Callable
from pathlib import Path
from typing import Any

from chaos.faults.redis_restart import RedisRestart
from chaos.means.redis_server import broker
from harness.client.publisher import Enqueue
from harness.session import Session


def test_it_comes_back_with_all_it_confirmed(
    session: Session, proves: Any, succeeds: Callable[[str], bool]
) -> None:
    # Given a key, and a Redis that keeps nothing on disk
    node = session.stack.node("broker")
    pid, spec = node.pid, node.spec
    with broker(session) as client:
        client.set("kept", "yes")

    # When it is restarted, then another process has it
    with proves(RedisRestart()) as proof:
        assert proof.startswith(f"Redis pid {pid} was killed, pid {node.pid} is up for ")
        with broker(session) as client:
            assert client.get("kept") == "yes"

    # And when it is healed, it keeps nothing on disk again
    with broker(session) as client:
        client.delete("kept")
        assert client.config_get("appendonly") == {"appendonly": "no"}
    assert not list(Path(spec.cwd).glob("appendonly*"))
    assert node.spec == spec
    task = Enqueue("plain.add", [1, 2])
    session.publisher.enqueue(task)
    assert succeeds(task.id)
