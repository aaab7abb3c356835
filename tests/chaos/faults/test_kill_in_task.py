"""A worker killed at a chosen moment of a task: what its broker and its ledger then say."""

import re
from collections.abc import Callable

import pytest

from chaos.faults.kill_in_task import KillInTask
from chaos.injection import Injector
from harness.client.publisher import Enqueue
from harness.errors import CrucibleError
from harness.event import FAULT_EFFECTIVE, RECEIVED, STARTED, SUCCEEDED, Event
from harness.session import Session

Told = Callable[[], list[Event]]


@pytest.fixture
def naps(session: Session) -> Callable[[int, float], list[str]]:
    """Enqueues naps of so many seconds; their ids."""

    def enqueue(number: int, seconds: float, **options: float) -> list[str]:
        orders = [Enqueue("plain.nap", [seconds], options=options) for _ in range(number)]
        for order in orders:
            session.publisher.enqueue(order)
        return [order.id for order in orders]

    return enqueue


def before_exit(session: Session, first: int, id_: str) -> list[str]:
    """What the worker told of the task before it died."""
    events = session.recorder.events[first:]
    exited = next(e.mono for e in events if e.type == "node-exited" and e.id == "worker")
    return [e.type for e in events if e.node == "worker" and e.id == id_ and e.mono < exited]


@pytest.mark.parametrize("moment", [RECEIVED, STARTED, SUCCEEDED])
def test_the_task_is_at_that_moment_and_runs_in_the_end(
    moment: str,
    session: Session,
    inject: Injector,
    first: int,
    told: Told,
    naps: Callable[..., list[str]],
    succeeds: Callable[[str], bool],
) -> None:
    # Given more tasks than the worker has processes; what is due later waits in its hands
    naps(4, 0.3, **({"countdown": 3.0} if moment == RECEIVED else {}))
    # When it is killed at that moment of one of them
    with inject(KillInTask("worker", moment)):  # type: ignore[arg-type]
        pass
    # Then that is what was last seen of a task
    (effective,) = [e for e in told() if e.type == FAULT_EFFECTIVE]
    assert f"just {moment}" in effective.detail["proof"]
    (hit,) = re.findall(r"plain.nap\[(.+)\]", effective.detail["proof"])
    assert before_exit(session, first, hit)[-1] == moment
    # And, acknowledged late, it is done in the end
    assert succeeds(hit)


def test_only_the_pool_process_dies(
    session: Session,
    inject: Injector,
    told: Told,
    naps: Callable[[int, float], list[str]],
) -> None:
    naps(2, 0.5)
    pid = session.stack.node("worker").pid
    with inject(KillInTask("worker", "started", child_only=True)):
        pass
    assert session.stack.node("worker").pid == pid
    (effective,) = [e for e in told() if e.type == FAULT_EFFECTIVE]
    assert "is gone, killed in plain.nap" in effective.detail["proof"]


def test_without_a_task_there_is_nothing_to_aim_at(
    session: Session, inject: Injector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chaos.faults.kill_in_task.AIM_SECONDS_MAX", 0.3)
    with (
        pytest.raises(CrucibleError, match="No task of worker was met just started"),
        inject(KillInTask("worker", "started")),
    ):
        pass
    assert session.stack.node("worker").pid
