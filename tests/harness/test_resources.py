"""What a node holds is what the processes below it hold."""

from harness.event import RESOURCE
from harness.resources import Resources
from harness.session import Session


def test_a_sample_tells_what_each_living_node_holds(session: Session) -> None:
    # When the nodes are sampled
    recorder = session.recorder
    since = len(recorder.events)
    Resources(session.stack.nodes, recorder).sample()

    # Then each is told, a worker with its two children and its connections
    told = {e.id: e.detail for e in recorder.events[since:] if e.type == RESOURCE}
    assert told.keys() == session.stack.nodes.keys()
    assert told["worker"]["processes"] == 3
    assert told["worker"]["connections"] >= 1
    assert told["worker"]["rss_kib"] > told["broker"]["rss_kib"] > 0
    assert all(detail["descriptors"] >= 3 for detail in told.values())


def test_a_session_samples_as_long_as_it_lasts(session: Session) -> None:
    events = session.recorder.events
    since = len(events)
    assert session.recorder.wait_for(
        lambda: any(event.type == RESOURCE for event in events[since:]), 30
    )
