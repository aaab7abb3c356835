import signal
from collections.abc import Callable

import psutil
import pytest

from chaos.faults.kill_node import KillNode
from chaos.injection import Injector
from harness.errors import CrucibleError
from harness.event import FAULT_EFFECTIVE, FAULT_HEALED, FAULT_INJECTED, NODE_EXITED, Event
from harness.session import Session


@pytest.mark.parametrize("group", [False, True])
def test_a_worker_dies_in_its_task_and_comes_back(
    group: bool,
    session: Session,
    inject: Injector,
    start: Callable[..., str],
    succeeds: Callable[[str], bool],
    told: Callable[[], list[Event]],
    first: int,
) -> None:
    # Given a worker in the middle of a task
    worker = session.stack.node("worker")
    pid, restarts = worker.pid, worker.restarts
    assert pid
    task = start("plain.nap", [1])

    # When its process, or its whole group, is killed
    with inject(KillNode("worker", group=group)):
        assert not psutil.pid_exists(pid)

    # Then the proof names it, and its end is expected
    injected, effective, healed = told()
    assert (injected.type, effective.type, healed.type) == (
        FAULT_INJECTED,
        FAULT_EFFECTIVE,
        FAULT_HEALED,
    )
    assert effective.detail["proof"] == f"worker (pid {pid}) ended: -9"
    assert effective.detail["in_flight"] == 1
    exits = [e for e in session.recorder.events[first:] if e.type == NODE_EXITED]
    assert [(e.id, e.detail["expected"], e.detail["cause"]) for e in exits] == [
        ("worker", True, "kill-node")
    ]

    # And healed means that another process is there, and does the task again
    assert worker.pid not in (None, pid)
    assert worker.restarts == restarts + 1
    assert succeeds(task)


def test_a_signal_that_kills_nobody_proves_nothing(
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
    inject: Injector,
    told: Callable[[], list[Event]],
) -> None:
    # Given little time to prove it
    monkeypatch.setattr("chaos.injection.PROOF_SECONDS_MAX", 0.2)

    # When a signal is sent that does nothing
    with inject(KillNode("worker", signal=signal.SIGCONT)):
        pass

    # Then it was not effective, and healing waits for nobody
    assert [event.type for event in told()] == [FAULT_INJECTED, FAULT_HEALED]


def test_a_node_there_is_not_names_those_there_are(inject: Injector) -> None:
    with pytest.raises(CrucibleError, match="no node 'wrker'") as error, inject(KillNode("wrker")):
        pass
    assert "worker" in error.value.hint
