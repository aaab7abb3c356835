import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.containers import proc_net_tcp
from harness.containers.processes import Command, Processes


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    processes = Processes(scratch)
    yield processes
    processes.close()
    assert not scratch.exists()


@pytest.fixture
def command(tmp_path: Path) -> Callable[..., Command]:
    def make(*argv: str) -> Command:
        return Command([*argv], {"PATH": os.defpath}, tmp_path, tmp_path / "output")

    return make


def test_exit_codes_are_counted_as_docker_counts(
    processes: Processes, command: Callable[..., Command]
) -> None:
    _, plain = processes.start(command("sh", "-c", "exit 3"))
    pid, killed = processes.start(command("sleep", "600"))
    os.kill(pid, signal.SIGKILL)
    assert (plain.result(10), killed.result(10)) == (3, 137)


def test_daemons_that_left_their_group_die_with_the_rest(
    processes: Processes,
    hard_to_kill: tuple[list[str], Path],
    command: Callable[..., Command],
    eventually: Callable[..., None],
    is_alive: Callable[[int], bool],
) -> None:
    # Given a process whose child left its session
    argv, pids = hard_to_kill
    processes.start(command(*argv))
    eventually(pids.exists)
    first, second = map(int, pids.read_text().split())
    assert {first, second} <= set(processes.pids())

    # When all are killed
    processes.kill_all()

    # Then both are gone
    assert not is_alive(first)
    assert not is_alive(second)
    assert processes.pids() == []


def test_only_its_own_sockets_are_seen(
    processes: Processes,
    command: Callable[..., Command],
    tmp_path: Path,
    eventually: Callable[..., None],
) -> None:
    # Given a process that listens, and another that has nothing to do with it
    code = (
        "import socket, time; s = socket.create_server(('127.0.0.1', 0)); "
        "print(s.getsockname()[1], flush=True); time.sleep(600)"
    )
    pid, _ = processes.start(command(sys.executable, "-c", code))
    output = tmp_path / "output"
    eventually(lambda: output.exists() and output.read_text().endswith("\n"))
    port = int(output.read_text())

    # Then its port is seen through its own eyes only
    assert proc_net_tcp.listening([pid]) == {port}
    assert proc_net_tcp.listening([os.getpid()]).isdisjoint({port})
    answer = proc_net_tcp.answer(["cat", "/proc/net/tcp", "/proc/net/tcp6"], [pid])
    assert answer is not None
    assert f":{port:04X}".encode() in answer


@pytest.mark.parametrize("argv", [["cat", "/etc/hosts"], ["cat"], ["ls", "/proc/net/tcp"]])
def test_other_commands_are_not_answered(argv: list[str]) -> None:
    assert proc_net_tcp.answer(argv, []) is None
