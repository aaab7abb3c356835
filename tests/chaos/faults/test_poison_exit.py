from typing import Any

from chaos.faults.poison_exit import PoisonExit
from harness.event import SUCCEEDED, Event
from harness.session import Session


def test_its_process_exits_once(session: Session, proves: Any, ends: Any) -> None:
    # When a task exits, then its process is gone
    fault = PoisonExit()
    with proves(fault) as proof:
        assert proof.endswith(f"of worker is gone since it ran {fault._id}")

    # And the worker has as many as before, and says why the task failed, or ran it again
    assert session.recorder.wait_for(lambda: len(session.stack.node("worker").children()) == 2, 20)
    end: Event = ends(fault._id)
    assert end.type == SUCCEEDED or "exitcode 3" in end.detail["exception"]


def test_it_ends_well_once_it_has_exited_enough(session: Session, proves: Any, ends: Any) -> None:
    fault = PoisonExit(times=0)
    fault.inject(session)
    assert ends(fault._id).type == SUCCEEDED
    assert fault.proof(session) is None
