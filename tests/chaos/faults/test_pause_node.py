from collections.abc import Callable
from typing import Any

from chaos.faults.pause_node import PauseNode
from harness.client.publisher import Enqueue
from harness.event import RECEIVED
from harness.session import Session


def test_nothing_runs_until_it_is_let_go(
    session: Session, proves: Any, succeeds: Callable[[str], bool]
) -> None:
    # Given a stopped worker
    worker = session.stack.node("worker")
    with proves(PauseNode("worker")) as proof:
        assert proof == f"worker (pid {worker.pid}) and its 2 children are stopped"

        # When a task is enqueued, then it stays in the queue, or on its way
        task = Enqueue("plain.add", [1, 2])
        session.publisher.enqueue(task)
        events = session.recorder.events
        assert session.recorder.wait_for(lambda: any(e.id == task.id for e in events), 10)
        assert not any(e.id == task.id and e.type == RECEIVED for e in events)
        assert worker.paused

    # And when it is healed, the same process does it
    assert not worker.paused
    assert succeeds(task.id)
