from collections.abc import Callable

import pytest

from chaos.faults.clock_jump import ClockJump
from chaos.means import faketime
from harness.client.publisher import Enqueue
from harness.event import NODE_READY, STARTED
from harness.session import Session


@pytest.mark.usefixtures("needs_faketime")
def test_its_time_jumps_while_it_runs(
    session: Session,
    succeeds: Callable[[str], bool],
    first: int,
    eventually: Callable[..., None],
) -> None:
    # Given a worker whose clock is to jump; before it writes anything, nothing is proved
    fault = ClockJump("worker", 3600.0)
    fault.inject(session)
    try:
        assert fault.proof(session) is None
        [ready] = [e for e in session.recorder.events[first:] if e.type == NODE_READY]
        assert round(faketime.difference(ready)) == 0

        # When it works, then sooner or later its evidence is an hour ahead
        def jumped() -> bool:
            task = Enqueue("plain.add", [1, 2])
            session.publisher.enqueue(task)
            return succeeds(task.id) and fault.proof(session) is not None

        assert session.recorder.wait_for(jumped, 20)
        assert str(fault.proof(session)).endswith("is +3600 s off")
        # What it has not acknowledged when it is restarted would come back after an hour.
        eventually(lambda: not any(map(sum, session.backlog.depths().values())))
    finally:
        fault.heal(session)

    # And when it is healed, its clock is right again
    task = Enqueue("plain.add", [1, 2])
    session.publisher.enqueue(task)
    assert succeeds(task.id)
    began = next(e for e in session.recorder.events if e.id == task.id and e.type == STARTED)
    assert round(faketime.difference(began)) == 0
