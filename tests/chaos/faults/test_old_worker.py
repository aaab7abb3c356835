from collections.abc import Callable
from types import SimpleNamespace
from typing import cast

from chaos.faults.old_worker import OldWorker
from harness.client.publisher import Enqueue
from harness.event import SUCCEEDED, UNKNOWN_TASK
from harness.session import Session
from harness.stack import StackSettings
from harness.target import BUNDLED, load


def test_it_drops_what_it_does_not_know(session: Session, succeeds: Callable[[str], bool]) -> None:
    # Given a worker with old code beside the one with new
    fault = OldWorker("worker", ("plain.add",))
    fault.inject(session)
    try:
        assert fault.proof(session) is None
        tasks: list[str] = []

        # When tasks come that it does not know, then it drops those that it gets
        def dropped() -> bool:
            task = Enqueue("plain.add", [1, 2])
            session.publisher.enqueue(task)
            tasks.append(task.id)
            return fault.proof(session) is not None

        assert session.recorder.wait_for(dropped, 20)
        proof = fault.proof(session)
        assert proof
        assert proof.startswith("worker-old dropped plain.add[")
    finally:
        fault.heal(session)

    # And when it is healed, every task has ended, the dropped as well
    assert "worker-old" not in session.stack.nodes
    events = session.recorder.events
    assert session.recorder.wait_for(lambda: not session.tracker.outstanding & set(tasks), 20)
    ends = {e.type for e in events if e.id in tasks and e.type in (SUCCEEDED, UNKNOWN_TASK)}
    assert UNKNOWN_TASK in ends
    task = Enqueue("plain.add", [1, 2])
    session.publisher.enqueue(task)
    assert succeeds(task.id)


def test_it_may_forget_each_task_that_is_declared() -> None:
    # A session as far as candidates look at it: the shop's, which declares one for each worker.
    shop = SimpleNamespace(stack=SimpleNamespace(settings=StackSettings(load(BUNDLED))))
    assert list(OldWorker.candidates(cast("Session", shop))) == [
        OldWorker("worker", ("myapp.tasks.sync_to_external_service",)),
        OldWorker("worker-high", ("myapp.tasks.send_alert",)),
    ]
