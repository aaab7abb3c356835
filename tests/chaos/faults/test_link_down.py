from collections.abc import Callable

from chaos.faults.link_down import LinkDown
from chaos.injection import Injector
from harness.client.publisher import Enqueue
from harness.event import FAULT_EFFECTIVE, FAULT_HEALED, FAULT_INJECTED, Event
from harness.session import Session


def test_connections_end_and_none_is_taken_until_it_heals(
    session: Session,
    inject: Injector,
    succeeds: Callable[[str], bool],
    told: Callable[[], list[Event]],
) -> None:
    # Given a worker that is connected to its broker
    link = session.stack.link("worker->broker")
    assert session.recorder.wait_for(lambda: link.connections() > 0, 10)

    # When the link is down
    with inject(LinkDown("worker->broker")):
        assert not link.enabled
        assert link.refuses()
        assert link.connections() == 0
        task = Enqueue("plain.add", [1, 2])
        session.publisher.enqueue(task)

    # Then the proof counts what was closed
    injected, effective, healed = told()
    assert (injected.type, effective.type, healed.type) == (
        FAULT_INJECTED,
        FAULT_EFFECTIVE,
        FAULT_HEALED,
    )
    assert "open connections closed, and a new one refused" in effective.detail["proof"]

    # And when it is healed, what was enqueued meanwhile is done
    assert link.enabled
    assert succeeds(task.id)


def test_a_link_nobody_used_proves_nothing(session: Session) -> None:
    # Given a link without a connection
    assert session.stack.link("worker->gateway").connections() == 0

    # When it is cut, then there is no proof, and it is healed all the same
    fault = LinkDown("worker->gateway")
    fault.inject(session)
    assert fault.proof(session) is None
    fault.heal(session)
    assert session.stack.link("worker->gateway").enabled
