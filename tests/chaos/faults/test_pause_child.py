from collections.abc import Callable
from typing import Any

import psutil
import pytest

from chaos.faults.pause_child import PauseChild
from harness.errors import CrucibleError
from harness.event import STARTED
from harness.session import Session


def test_a_busy_child_hangs_and_goes_on(
    session: Session,
    proves: Any,
    start: Callable[..., str],
    succeeds: Callable[[str], bool],
) -> None:
    # Given a child in the middle of a task
    task = start("plain.nap", [1])
    began = next(e for e in session.recorder.events if e.id == task and e.type == STARTED)
    child = psutil.Process(began.detail["pid"])

    # When it is stopped, then it is this one alone
    with proves(PauseChild("worker")) as proof:
        assert proof == f"child {child.pid} of worker is stopped, while it ran plain.nap[{task}]"
        assert child.status() == psutil.STATUS_STOPPED
        assert not session.stack.node("worker").paused

    # And when it is healed, it ends its task
    assert child.status() != psutil.STATUS_STOPPED
    assert succeeds(task)


def test_without_a_task_it_is_the_oldest(session: Session, proves: Any) -> None:
    oldest = session.stack.node("worker").children()[0]
    with proves(PauseChild("worker")) as proof:
        assert proof.startswith(f"child {oldest} of worker is stopped")


def test_a_node_without_children_is_refused(session: Session) -> None:
    with pytest.raises(CrucibleError, match="no children"):
        PauseChild("broker").inject(session)
