from collections.abc import Callable
from typing import Any

import pytest
import redis

from chaos.faults.asymmetric_partition import AsymmetricPartition
from harness.session import Session

LINKS = ("worker->broker", "worker->gateway")


@pytest.mark.parametrize("stream", ["upstream", "downstream"])
def test_one_way_is_swallowed_on_every_link(
    session: Session, proves: Any, is_whole: Callable[[str], bool], stream: Any
) -> None:
    with proves(AsymmetricPartition(LINKS, stream)) as proof:
        for name in LINKS:
            assert session.stack.link(name).toxics() == {f"timeout_{stream}"}
            assert f"{name}: no answer" in proof
    assert all(is_whole(name) for name in LINKS)


@pytest.mark.parametrize(("stream", "arrives"), [("upstream", 0), ("downstream", 1)])
def test_the_broker_tells_the_directions_apart(session: Session, stream: Any, arrives: int) -> None:
    # Given a partition that swallows one way
    fault = AsymmetricPartition(("worker->broker",), stream)
    fault.inject(session)

    # When something is asked of the broker, then no answer comes, and it was done or not
    link = session.stack.link("worker->broker")
    assert link.exchange(b"INCR crucible:asked\r\nQUIT\r\n", 0.5).received == 0
    with redis.Redis(*session.stack.address("broker")) as broker:
        assert broker.delete("crucible:asked") == arrives
    fault.heal(session)
