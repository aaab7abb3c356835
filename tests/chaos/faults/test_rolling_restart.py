from typing import Any

from chaos.faults.rolling_restart import RollingRestart
from harness.session import Session


def test_every_worker_is_another_process(session: Session, proves: Any) -> None:
    # Given the workers of the plain system: there is one
    worker = session.stack.node("worker")
    pid = worker.pid

    # When all are restarted
    with proves(RollingRestart()) as proof:
        assert worker.pid not in (None, pid)
        assert proof == f"worker: pid {pid} ended (0), pid {worker.pid} is ready"
