import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from harness.containers import pending

#: Counts SIGUSR1, slowly: its handler does nothing for a while, as a busy machine's would.
COUNTER = """
import os, signal, sys, time
def heard(*_):
    end = time.process_time() + 0.05
    while time.process_time() < end:
        pass
    with open(sys.argv[1], "a") as file:
        file.write("x")
signal.signal(signal.SIGUSR1, heard)
os.close(1)
while True:
    signal.pause()
"""


def test_no_signal_is_swallowed_by_the_one_before(tmp_path: Path) -> None:
    # Given a process that is slow to take a signal
    heard = tmp_path / "heard"
    argv = [sys.executable, "-c", COUNTER, str(heard)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.read()  # until it is ready

        # When it is sent five, each after the one before was taken
        for _ in range(5):
            pending.wait_until_taken(process.pid)
            os.kill(process.pid, signal.SIGUSR1)
        pending.wait_until_taken(process.pid)
        process.kill()

    # Then it has heard five
    assert heard.read_text() == "x" * 5


@pytest.mark.parametrize("pid", [1 << 22])
def test_what_has_ended_has_taken_all(pid: int) -> None:
    assert pending.is_taken(pid)
