from collections.abc import Callable
from typing import Any

import psutil

from chaos.faults.cpu_starvation import CpuStarvation
from harness.client.publisher import Enqueue
from harness.session import Session

BACKLOG = 500


def test_it_waits_for_a_core(
    session: Session, proves: Any, succeeds: Callable[[str], bool]
) -> None:
    # Given a worker that may use every core
    worker = session.stack.node("worker")
    pids = [worker.pid, *worker.children()]
    before = psutil.Process(worker.pid).cpu_affinity()

    # And work, since one that is idle waits for nothing
    for _ in range(BACKLOG):
        session.publisher.enqueue(Enqueue("plain.add", [1, 2]))

    # When it is starved, then it waits for longer than it runs, and yet its work is done
    with proves(CpuStarvation("worker", burners=4)) as proof:
        assert proof.startswith("worker ran for ")
        burners = [name for name in session.stack.nodes if name.startswith("burner")]
        assert len(burners) == 4
        task = Enqueue("plain.add", [1, 2])
        session.publisher.enqueue(task)
        assert succeeds(task.id)

    # And when it is healed, it has its cores back, and nobody burns them
    assert [psutil.Process(pid).cpu_affinity() for pid in pids] == [before] * 3
    assert not any(name.startswith("burner") for name in session.stack.nodes)
