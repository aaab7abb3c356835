"""How busy the machine is with work that is not ours."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import psutil
import pytest

from harness import machine
from harness.event import MACHINE
from harness.machine import Machine, _process
from harness.recorder import Recorder

SPIN = "while True: pass"


class Foreign:
    """A node that Crucible has not started."""

    name = "worker"

    def __init__(self, pid: int | None) -> None:
        self.pid = pid


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


def test_what_a_node_spends_is_ours_although_it_is_no_child() -> None:
    # Given a process that does not descend from us: its parent has ended
    daemon = f"import os, time\nif os.fork(): os._exit(0)\nprint(os.getpid(), flush=True)\n{SPIN}"
    with subprocess.Popen(
        [sys.executable, "-c", daemon], stdout=subprocess.PIPE, start_new_session=True
    ) as parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        try:
            # When it spins, Then its seconds count where it is named
            before = machine._seconds_of([psutil.Process(pid)])
            while machine._seconds_of([psutil.Process(pid)]) <= before:
                pass
        finally:
            os.kill(pid, signal.SIGKILL)
    assert not machine.is_container(os.getpid())


def test_a_foreign_node_is_known_by_its_environment() -> None:
    # Given two processes, of which one carries the name of the node
    sleep = ["sleep", "600"]
    with (
        subprocess.Popen(sleep, env={"CRUCIBLE_NODE": "worker", "PATH": os.defpath}) as known,
        subprocess.Popen(sleep) as unknown,
    ):
        try:
            found = _process(Foreign(known.pid))  # type: ignore[arg-type]
            assert found
            assert found.pid == known.pid
            # A pid may be one of a container's, and this machine's somebody else
            assert _process(Foreign(unknown.pid)) is None  # type: ignore[arg-type]
            assert _process(Foreign(None)) is None  # type: ignore[arg-type]
        finally:
            known.kill()
            unknown.kill()
