from typing import Any

import pytest

from chaos.faults.slow_supervisor import SlowSupervisor
from harness.errors import CrucibleError
from harness.event import NODE_EXITED, NODE_STARTED
from harness.session import Session

SECOND = 1_000_000_000


def test_it_stays_down_for_longer(session: Session, proves: Any, first: int) -> None:
    # When a worker is killed whose supervisor has become slow
    worker = session.stack.node("worker")
    with proves(SlowSupervisor("worker", 2.0)) as proof:
        assert worker.pid is None
        assert proof.startswith("worker has been down for 1.")
        assert proof.endswith("as a rule it is started after 0.2 s")

    # Then it was down for so long, and the supervisor is quick again
    events = [e for e in session.recorder.events[first:] if e.id == "worker"]
    exited = next(e for e in events if e.type == NODE_EXITED)
    started = next(e for e in events if e.type == NODE_STARTED)
    assert exited.detail["expected"]
    assert started.mono - exited.mono >= 2 * SECOND
    assert worker.spec.restart_delay == 0.2


def test_a_delay_that_is_none_is_refused(session: Session) -> None:
    with pytest.raises(CrucibleError, match=r"takes 0\.2 s anyway"):
        SlowSupervisor("worker", 1.0).inject(session)
