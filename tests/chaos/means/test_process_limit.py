import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from chaos.means.process_limit import DESCRIPTORS, ProcessLimit

pytestmark = pytest.mark.skipif(DESCRIPTORS is None, reason="limits of others need prlimit (Linux)")


@pytest.fixture
def processes() -> Iterator[list[psutil.Process]]:
    """Three that wait for their standard input."""
    argv = [sys.executable, "-c", "input()"]
    started = [subprocess.Popen(argv, stdin=subprocess.PIPE) for _ in range(3)]
    yield [psutil.Process(each.pid) for each in started]
    for each in started:
        each.communicate()


def test_each_process_gets_its_own_limit_back(processes: list[psutil.Process]) -> None:
    # Given two processes with different limits, and one that is not to be touched
    assert DESCRIPTORS is not None
    for process, soft in zip(processes, (100, 200, 300), strict=True):
        _, hard = process.rlimit(DESCRIPTORS)
        process.rlimit(DESCRIPTORS, (soft, hard))
    limit = ProcessLimit(DESCRIPTORS)
    # When they are limited, one of them twice, and restored
    for process in (processes[0], processes[1], processes[1]):
        limit.set(process, 20)
    assert [limit.read(each) for each in processes] == [20, 20, 300]
    limit.restore(processes)
    # Then each has what it had
    assert [limit.read(each) for each in processes] == [100, 200, 300]
