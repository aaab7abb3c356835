from collections.abc import Callable
from typing import Any

from chaos.faults.partition import Partition
from harness.session import Session

LINKS = ("worker->broker", "worker->gateway")


def test_all_links_are_cut_at_once(
    session: Session, proves: Any, is_whole: Callable[[str], bool]
) -> None:
    # Given a worker that is connected to its broker
    link = session.stack.link("worker->broker")
    assert session.recorder.wait_for(lambda: link.connections() > 0, 10)

    # When the worker is alone, then nobody takes its connections
    with proves(Partition(LINKS)) as proof:
        assert all(session.stack.link(name).refuses() for name in LINKS)
        assert proof.endswith("new ones refused by all 2 links")

    # And when it is healed, all of them are whole
    assert all(is_whole(name) for name in LINKS)


def test_whoever_has_several_links_can_be_alone(session: Session) -> None:
    assert list(Partition.candidates(session)) == [Partition(LINKS)]
