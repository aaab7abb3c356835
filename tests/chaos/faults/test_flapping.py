from collections.abc import Callable
from typing import Any

from chaos.faults.flapping import Flapping
from harness.session import Session


def test_it_goes_down_and_up_and_stays_up(
    session: Session, proves: Any, is_whole: Callable[[str], bool]
) -> None:
    # Given a worker that is connected to its broker
    link = session.stack.link("worker->broker")
    assert session.recorder.wait_for(lambda: link.connections() > 0, 10)

    # When the link flaps
    with proves(Flapping("worker->broker", down_ms=50, up_ms=50)) as proof:
        assert proof.startswith("down ")

    # Then it is up for good once it is healed
    assert is_whole("worker->broker")
