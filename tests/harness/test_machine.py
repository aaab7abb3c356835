"""How busy the machine is with work that is not ours."""

import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from harness.event import MACHINE
from harness.machine import Machine
from harness.recorder import Recorder

SPIN = "while True: pass"


@pytest.fixture
def others(recorder: Recorder) -> Iterator[Callable[[], list[int]]]:
    """The samples so far."""
    machine = Machine(recorder)
    machine.start()
    yield lambda: [e.detail["others_percent"] for e in recorder.events if e.type == MACHINE]
    machine.stop()


def test_a_process_of_ours_is_not_counted_among_others(
    others: Callable[[], list[int]], eventually: Callable[..., None]
) -> None:
    # Given a child that spins
    with subprocess.Popen([sys.executable, "-c", SPIN]) as ours:
        try:
            # When it has been sampled a few times
            eventually(lambda: len(others()) >= 3)
        finally:
            ours.kill()
    # Then each sample is a share of the machine, and not all of it is others'
    assert all(0 <= percent <= 100 for percent in others())
    assert min(others()) < 100
