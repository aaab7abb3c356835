from collections.abc import Callable
from typing import Any

from chaos.faults.unknown_task import UnknownTask
from harness.client.publisher import Enqueue
from harness.session import Session


def test_a_worker_says_that_it_knows_none(
    session: Session, proves: Any, succeeds: Callable[[str], bool]
) -> None:
    with proves(UnknownTask(task="plain.renamed")) as proof:
        assert proof == "worker knows no task 'plain.renamed'"
    task = Enqueue("plain.add", [1, 2])
    session.publisher.enqueue(task)
    assert succeeds(task.id)
