from collections.abc import Callable
from typing import Any

import psutil

from chaos.faults.memory_exhaustion import MemoryExhaustion
from harness.client.publisher import Enqueue
from harness.event import FAILED, Event
from harness.session import Session


def test_what_it_asks_for_is_refused(
    session: Session,
    proves: Any,
    ends: Callable[[str], Event],
    succeeds: Callable[[str], bool],
) -> None:
    # Given a worker that gets no more memory
    worker = session.stack.node("worker")
    pid = worker.pid
    with proves(MemoryExhaustion("worker")) as proof:
        assert proof.startswith("3 processes of worker may have ")

        # When a task asks for some, then it fails
        task = Enqueue("plain.hoard", [100])
        session.publisher.enqueue(task)
        end = ends(task.id)
        assert (end.type, end.detail["exception"]) == (FAILED, "MemoryError: ")

    # And when it is healed, the same worker gets it; a child may have died of the lack
    assert worker.pid == pid
    for pid in (worker.pid, *worker.children()):
        assert psutil.Process(pid).rlimit(psutil.RLIMIT_AS)[0] == psutil.RLIM_INFINITY
    task = Enqueue("plain.hoard", [100])
    session.publisher.enqueue(task)
    assert succeeds(task.id)
