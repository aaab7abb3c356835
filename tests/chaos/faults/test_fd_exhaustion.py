from collections.abc import Callable
from typing import Any

import psutil

from chaos.faults.fd_exhaustion import FdExhaustion
from harness.client.publisher import Enqueue
from harness.event import FAILED, Event
from harness.session import Session


def test_nothing_more_can_be_opened(
    session: Session,
    proves: Any,
    ends: Callable[[str], Event],
    succeeds: Callable[[str], bool],
) -> None:
    # Given a worker that gets no more descriptors
    worker = session.stack.node("worker")
    pid = worker.pid
    before = psutil.Process(worker.pid).rlimit(psutil.RLIMIT_NOFILE)
    with proves(FdExhaustion("worker")) as proof:
        assert proof.startswith("3 processes of worker have ")

        # When a task opens a file, then it fails
        task = Enqueue("plain.read", ["/dev/null"])
        session.publisher.enqueue(task)
        end = ends(task.id)
        assert end.type == FAILED
        assert "Too many open files" in end.detail["exception"]

    # And when it is healed, the same worker can; a child may have died of the lack
    assert worker.pid == pid
    for pid in (worker.pid, *worker.children()):
        assert psutil.Process(pid).rlimit(psutil.RLIMIT_NOFILE) == before
    task = Enqueue("plain.read", ["/dev/null"])
    session.publisher.enqueue(task)
    assert succeeds(task.id)
