import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from harness.errors import CrucibleError
from harness.servers import tool

Program = Callable[[str, str], Path]


def eventually(condition: Callable[[], bool], deadline_s: float = 10.0) -> bool:
    end = time.monotonic() + deadline_s
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.01)
    return condition()


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_both_streams_are_returned(program: Program) -> None:
    # Given a program that reads and writes
    path = program("tool", "cat; echo error >&2")
    # When it runs, Then all it printed is there
    assert tool.run([path], hint="", timeout_s=10, stdin="input\n") == "input\nerror\n"


def test_a_failure_tells_the_last_lines(program: Program) -> None:
    # Given a program that talks a lot and fails
    path = program("tool", "seq 100; exit 3")
    # When it runs
    with pytest.raises(CrucibleError) as caught:
        tool.run([path, "word"], hint="mend it", timeout_s=10)
    # Then the command, its code and the end of its output are told
    first, *lines = caught.value.message.splitlines()
    assert first == f"`{path} word` failed with code 3:"
    assert [line.strip() for line in lines] == [str(n) for n in range(93, 101)]
    assert caught.value.hint == "mend it"


def test_a_program_that_does_not_exist_is_told() -> None:
    # Given no program, When it is run, Then its title is in the error
    with pytest.raises(CrucibleError, match="Building it could not start"):
        tool.run(["/no/such"], title="Building it", hint="", timeout_s=10)


def test_a_program_that_hangs_is_ended_with_its_children(program: Program) -> None:
    # Given a program whose child holds its output open
    path = program("tool", "sleep 600 & echo child=$!; wait")
    # When it takes too long
    with pytest.raises(CrucibleError, match=r"did not end within 0.5 s") as caught:
        tool.run([path], hint="", timeout_s=0.5)
    # Then the child is gone too
    child = int(caught.value.message.partition("child=")[2])
    assert eventually(lambda: gone(child))


def test_nothing_outlives_a_killed_crucible(program: Program, scratch: Path) -> None:
    # Given a process that waits for a tool
    path, pid_file = (
        program("tool", 'echo $$ > "$1.new"; mv "$1.new" "$1"; exec sleep 600'),
        (scratch / "pid"),
    )
    code = (
        "import sys; from harness.servers import tool; "
        "tool.run(sys.argv[1:], hint='', timeout_s=600)"
    )
    waiting = subprocess.Popen([sys.executable, "-c", code, str(path), str(pid_file)])
    assert eventually(pid_file.exists)
    # When that process is killed
    os.kill(waiting.pid, signal.SIGKILL)
    waiting.wait(10)
    # Then so is the tool
    assert eventually(lambda: gone(int(pid_file.read_text())), 3.0)
