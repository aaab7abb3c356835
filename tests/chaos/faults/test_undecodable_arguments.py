from collections.abc import Callable
from typing import Any

from chaos.faults.undecodable_arguments import UndecodableArguments
from harness.client.publisher import Enqueue
from harness.session import Session


def test_a_worker_meets_it_and_goes_on(
    session: Session, proves: Any, succeeds: Callable[[str], bool]
) -> None:
    # When such a message is in the queue, then a worker logs that it met this very one
    pid = session.stack.node("worker").pid
    with proves(UndecodableArguments()) as proof:
        assert proof.startswith(f"worker logged {UndecodableArguments.logged!r}")

    # And it goes on, as the same process
    task = Enqueue("plain.add", [1, 2])
    session.publisher.enqueue(task)
    assert succeeds(task.id)
    assert session.stack.node("worker").pid == pid
