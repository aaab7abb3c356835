from collections.abc import Callable
from typing import Any

from chaos.faults.redis_promotion import RedisPromotion
from chaos.means.redis_server import broker
from harness.client.publisher import Enqueue
from harness.session import Session


def test_a_replica_takes_its_place_and_gives_it_back(
    session: Session, proves: Any, succeeds: Callable[[str], bool]
) -> None:
    # Given a key
    node = session.stack.node("broker")
    pid, spec = node.pid, node.spec
    with broker(session) as client:
        client.set("kept", "yes")

    # When the master is killed, then the same address has the key, and tasks are done
    with proves(RedisPromotion()) as proof:
        assert proof.startswith(f"behind {spec.address} run ")
        assert node.pid is None
        with broker(session) as client:
            assert client.get("kept") == "yes"
            assert client.info("server")["process_id"] == session.stack.node("broker-replica").pid
            client.set("later", "yes")
        task = Enqueue("plain.add", [1, 2])
        session.publisher.enqueue(task)
        assert succeeds(task.id)

    # And when it is healed, the first is back with what came later, and the other is gone
    assert node.pid not in (None, pid)
    assert node.spec == spec
    assert "broker-replica" not in session.stack.nodes
    with broker(session) as client:
        assert client.info("server")["process_id"] == node.pid
        assert client.info("replication")["role"] == "master"
        assert client.delete("kept", "later") == 2
    task = Enqueue("plain.add", [1, 2])
    session.publisher.enqueue(task)
    assert succeeds(task.id)
