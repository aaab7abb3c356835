from typing import Any

from chaos.faults.poison_kill import PoisonKill
from harness.event import SUCCEEDED, Event
from harness.session import Session


def test_its_process_is_killed_once(session: Session, proves: Any, ends: Any) -> None:
    # When a task gets its process killed, then it is gone
    fault = PoisonKill()
    with proves(fault) as proof:
        assert proof.endswith(f"of worker is gone since it ran {fault._id}")

    # And the worker says by which signal, or ran the task again
    end: Event = ends(fault._id)
    assert end.type == SUCCEEDED or "SIGKILL" in end.detail["exception"]
