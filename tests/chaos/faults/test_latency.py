from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from chaos.faults.latency import Latency
from chaos.means.hello import contrast
from harness.session import Session


@pytest.mark.parametrize("stream", ["downstream", "upstream"])
@pytest.mark.parametrize("link", ["worker->broker", "worker->gateway"])
def test_answers_come_late(
    session: Session, proves: Any, is_whole: Callable[[str], bool], link: str, stream: Any
) -> None:
    # When it is injected, then it is on that direction of the link alone, and felt there
    with proves(Latency(link, stream)) as proof:
        assert session.stack.link(link).toxics() == {f"latency_{stream}"}
        assert contrast(session, link, 3.0).through.first >= 0.3
        assert "an answer took" in proof

    # And when it is healed, nothing is left of it
    assert is_whole(link)


def varies(fault: Latency) -> bool:
    return len(fault._delays) >= 3


def test_the_seed_decides_how_it_varies(
    session: Session, proves: Any, is_whole: Callable[[str], bool]
) -> None:
    # Given two faults with the same seed and one with another
    varied = []
    for seed in (1, 1, 2):
        fault = Latency("worker->broker", latency_ms=50, jitter_ms=40, seed=seed)
        with proves(fault) as proof:
            assert "delayed by" in proof
            assert session.recorder.wait_for(partial(varies, fault), 10)
        varied.append(fault._delays[:3])

    # Then the first two vary alike
    assert varied[0] == varied[1] != varied[2]
    assert all(10 <= delay <= 90 for delays in varied for delay in delays)
    assert is_whole("worker->broker")
