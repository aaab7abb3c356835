"""What a broken scenario leaves behind is gone, and the same stack goes on."""

from harness.client.publisher import Enqueue
from harness.event import OK
from harness.renewal import renew
from harness.session import Session


def test_a_worker_that_no_longer_consumes_is_replaced(session: Session) -> None:
    # Given a frozen worker and tasks that wait for it
    worker = session.stack.node("worker")
    old = worker.pid
    worker.pause()
    orders = [Enqueue("plain.nap", [0.1]) for _ in range(5)]
    answered = session.tracker.completions[OK]
    for order in orders:
        session.publisher.enqueue(order)
    assert session.recorder.wait_for(
        lambda: session.tracker.completions[OK] >= answered + len(orders), 20
    )
    # When the stack is renewed
    renew(session)
    # Then another worker has nothing to do, and does what it is asked
    assert worker.pid
    assert worker.pid != old
    assert not session.tracker.outstanding
    assert not any(map(sum, session.backlog.depths().values()))
    fresh = Enqueue("plain.add", [1, 2])
    session.publisher.enqueue(fresh)
    events = session.recorder.events
    assert session.recorder.wait_for(
        lambda: any(e.id == fresh.id and e.type == "succeeded" for e in events), 20
    )
    ran = {e.id for e in events if e.type == "started"}
    assert not ran & {order.id for order in orders}
