from collections.abc import Callable
from typing import Any

import pytest

from chaos.faults.restart_node import RestartNode
from harness.event import NODE_EXITED
from harness.session import Session


@pytest.mark.parametrize(("patience", "code"), [(30.0, 0), (0.3, -9)])
def test_it_ends_in_order_or_is_killed_and_comes_back(
    session: Session,
    proves: Any,
    start: Callable[..., str],
    succeeds: Callable[[str], bool],
    first: int,
    patience: float,
    code: int,
) -> None:
    # Given a worker in the middle of a task
    worker = session.stack.node("worker")
    pid = worker.pid
    task = start("plain.nap", [2])

    # When it is restarted, with more or less patience than the task takes
    with proves(RestartNode("worker", patience)) as proof:
        assert worker.pid not in (None, pid)
        assert proof == f"worker: pid {pid} ended ({code}), pid {worker.pid} is ready"

    # Then its end was expected, and the task is done
    exits = [e.detail for e in session.recorder.events[first:] if e.type == NODE_EXITED]
    assert [(e["code"], e["cause"]) for e in exits] == [(code, "restart-node")]
    assert succeeds(task)
