from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from chaos import aim
from chaos.faults.kill_child import KillChild
from chaos.injection import Injector
from harness.client.publisher import Enqueue
from harness.errors import CrucibleError
from harness.event import FAULT_EFFECTIVE, SUCCEEDED, Event
from harness.session import Session


def test_the_child_in_the_task_is_killed_alone(
    session: Session,
    inject: Injector,
    start: Callable[..., str],
    ends: Callable[[str], Event],
    told: Callable[[], list[Event]],
    eventually: Callable[..., None],
) -> None:
    # Given two children, one of which runs a task
    worker = session.stack.node("worker")
    pid, before = worker.pid, set(worker.children())
    task = start("plain.nap", [1])

    # When it is killed
    with inject(KillChild("worker", "plain.nap")):
        pass

    # Then the proof names it and its task
    effective = next(event for event in told() if event.type == FAULT_EFFECTIVE)
    assert effective.detail["in_flight"] == 1
    assert effective.detail["proof"].endswith(f"killed while it ran plain.nap[{task}]")

    # And the pool replaces it, and the worker itself stays
    eventually(lambda: len(set(worker.children()) & before) == 1 and len(worker.children()) == 2)
    assert worker.pid == pid
    # And the task is not forgotten. Late acknowledgement alone does not bring it back: the worker
    # gives it up as failed after 10 s, unless the broker's time-out has delivered it again before.
    ended = ends(task)
    assert ended.type == SUCCEEDED or "WorkerLostError" in ended.detail["exception"]


def test_the_child_that_holds_the_task_aimed_at_is_killed(
    session: Session,
    inject: Injector,
    start: Callable[..., str],
    told: Callable[[], list[Event]],
) -> None:
    # Given a child that has been in a task for longer
    longer = start("plain.nap", [3])
    pid = session.stack.node("worker").pid
    # When another is aimed at
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(ask_when_aimed, session, Enqueue("plain.add", [1, 2]))
        with inject(KillChild("worker"), when=aim.started("plain.add")):
            pass
        task = asking.result()
    # Then the one that holds it dies, and nobody else
    effective = next(event for event in told() if event.type == FAULT_EFFECTIVE)
    assert effective.detail["proof"].endswith(f"killed while it ran plain.add[{task}]")
    assert session.stack.node("worker").pid == pid
    assert longer in session.tracker.running


def ask_when_aimed(session: Session, task: Enqueue) -> str:
    assert session.recorder.wait_for(lambda: session.stack.hold.standing, 20)
    session.publisher.enqueue(task)
    return task.id


def test_without_a_task_there_is_nothing_to_kill(
    session: Session, inject: Injector, told: Callable[[], list[Event]]
) -> None:
    children = session.stack.node("worker").children()
    with pytest.raises(CrucibleError, match=r"No child of worker runs plain\.nap now"):  # noqa: SIM117
        with inject(KillChild("worker", "plain.nap")):
            pass
    assert session.stack.node("worker").children() == children
    assert FAULT_EFFECTIVE not in {event.type for event in told()}
