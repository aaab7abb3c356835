"""The keeper as a program: whatever ends its Crucible, it leaves nothing behind."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.runtime import keeper

LINUX_ONLY = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc and subreapers")


class Keeper:
    """A keeper, and Crucible's end of its socket."""

    def __init__(self) -> None:
        self.socket, theirs = socket.socketpair()
        self.socket.settimeout(10)
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-S", keeper.__file__, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
            )
        self.lines = self.socket.makefile("rb")

    def ask(self, **request: Any) -> dict[str, Any]:
        self.socket.sendall(json.dumps({"id": 1, **request}).encode() + b"\n")
        return self.hear()

    def hear(self) -> dict[str, Any]:
        return dict(json.loads(self.lines.readline()))

    def spawn(self, argv: list[str], log: Path, farewell: int | None = None) -> dict[str, Any]:
        return self.ask(
            spawn={
                "name": "node",
                "argv": argv,
                "env": {"PATH": os.defpath},
                "cwd": "/",
                "log": str(log),
                "uid": None,
                "gid": None,
                "farewell": farewell,
            }
        )

    def close(self) -> None:
        self.lines.close()
        self.socket.close()


@pytest.fixture
def kept() -> Iterator[Keeper]:
    kept = Keeper()
    yield kept
    kept.close()
    kept.process.wait(10)


def hear_pids(file: Path, eventually: Callable[..., None]) -> list[int]:
    eventually(file.exists)
    return [int(pid) for pid in file.read_text().split()]


@LINUX_ONLY
def test_a_grandchild_that_left_its_group_dies_when_crucible_does(
    kept: Keeper,
    hard_to_kill: tuple[list[str], Path],
    tmp_path: Path,
    eventually: Callable[..., None],
    is_alive: Callable[[int], bool],
) -> None:
    # Given a node with a grandchild in a session of its own; both ignore SIGTERM
    argv, file = hard_to_kill
    kept.spawn(argv, tmp_path / "log")
    pids = hear_pids(file, eventually)
    assert all(map(is_alive, pids))

    # When Crucible's end of the socket closes, as the kernel does it after kill -9
    kept.close()

    # Then both are gone within 3 seconds, and so is the keeper
    eventually(lambda: not any(map(is_alive, pids)), 3.0)
    assert kept.process.wait(3) == 0


@LINUX_ONLY
def test_an_orphan_dies_too(
    kept: Keeper,
    hard_to_kill: tuple[list[str], Path],
    tmp_path: Path,
    eventually: Callable[..., None],
    is_alive: Callable[[int], bool],
) -> None:
    # Given a node whose main process was killed: its grandchild lives on without a parent
    argv, file = hard_to_kill
    kept.spawn(argv, tmp_path / "log")
    main, grandchild = hear_pids(file, eventually)
    os.kill(main, signal.SIGKILL)
    assert kept.hear()["code"] == -signal.SIGKILL
    assert is_alive(grandchild)

    # When Crucible ends, then the orphan does
    kept.close()
    eventually(lambda: not is_alive(grandchild), 3.0)


def test_a_stopped_process_dies_too(
    kept: Keeper, tmp_path: Path, eventually: Callable[..., None], is_alive: Callable[[int], bool]
) -> None:
    # Given a node that SIGSTOP has paused
    pid = kept.spawn(["sleep", "600"], tmp_path / "log")["pid"]
    os.kill(pid, signal.SIGSTOP)

    # When Crucible ends, then the node does
    kept.close()
    eventually(lambda: not is_alive(pid), 3.0)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_it_cleanly_or_not_at_all(
    kept: Keeper,
    number: signal.Signals,
    tmp_path: Path,
    eventually: Callable[..., None],
    is_alive: Callable[[int], bool],
) -> None:
    # Given a node, and a keeper that is sent a signal
    pid = kept.spawn(["sleep", "600"], tmp_path / "log")["pid"]
    kept.process.send_signal(number)

    # Then SIGTERM ends both; what a terminal sends is for Crucible to act on
    if number == signal.SIGTERM:
        assert kept.process.wait(3) == 0
        eventually(lambda: not is_alive(pid), 3.0)
    else:
        assert kept.ask(scratch=str(tmp_path / "none")) == {"id": 1}
        assert is_alive(pid)


@LINUX_ONLY
def test_a_node_dies_with_a_killed_keeper(
    kept: Keeper, tmp_path: Path, eventually: Callable[..., None], is_alive: Callable[[int], bool]
) -> None:
    pid = kept.spawn(["sleep", "600"], tmp_path / "log")["pid"]
    kept.process.kill()
    eventually(lambda: not is_alive(pid), 3.0)


def test_a_farewell_lets_a_node_end_in_order(
    kept: Keeper, tmp_path: Path, eventually: Callable[..., None]
) -> None:
    # Given a node that has something to do before it ends
    script = 'trap "echo ended in order; exit 0" INT; echo up; while :; do sleep 0.01; done'
    log = tmp_path / "log"
    kept.spawn(["sh", "-c", script], log, farewell=signal.SIGINT)
    eventually(lambda: log.read_text() == "up\n")

    # When Crucible ends, then it has done so
    kept.close()
    assert kept.process.wait(3) == 0
    assert log.read_text() == "up\nended in order\n"


def test_a_farewell_that_is_not_heard_does_not_last(
    kept: Keeper,
    hard_to_kill: tuple[list[str], Path],
    tmp_path: Path,
    eventually: Callable[..., None],
    is_alive: Callable[[int], bool],
) -> None:
    argv, file = hard_to_kill
    kept.spawn(argv, tmp_path / "log", farewell=signal.SIGTERM)
    pids = hear_pids(file, eventually)
    kept.close()
    eventually(lambda: not any(map(is_alive, pids)), 3.0)


def test_it_removes_the_directories_it_was_told_of(kept: Keeper, tmp_path: Path) -> None:
    # Given two directories of which it is told of one
    told, untold = tmp_path / "told", tmp_path / "untold"
    for directory in (told, untold):
        (directory / "below").mkdir(parents=True)
    kept.ask(scratch=str(told))

    # When Crucible ends, then it removes that one
    kept.close()
    kept.process.wait(3)
    assert not told.exists()
    assert untold.exists()


def test_it_tells_an_exit_with_its_code_and_time(kept: Keeper, tmp_path: Path) -> None:
    pid = kept.spawn(["sh", "-c", "echo said; exit 3"], tmp_path / "log")["pid"]
    exited = kept.hear()
    assert (exited["exited"], exited["pid"], exited["code"]) == ("node", pid, 3)
    assert exited["mono"] > 0
    assert (tmp_path / "log").read_text() == "said\n"


def test_what_cannot_be_started_is_an_answer_and_no_end(kept: Keeper, tmp_path: Path) -> None:
    assert "no-such-program" in kept.spawn(["no-such-program"], tmp_path / "log")["error"]
    assert "log" in kept.spawn(["true"], tmp_path / "no" / "log")["error"]
    assert kept.spawn(["true"], tmp_path / "log")["pid"] > 0


@LINUX_ONLY
def test_descendants_are_found_at_any_depth(
    tmp_path: Path, eventually: Callable[..., None]
) -> None:
    # Given a child with a child whose name could fool a parser of /proc
    odd = tmp_path / ") x ("
    odd.symlink_to("/bin/sleep")
    child = subprocess.Popen(["sh", "-c", '"$0" 600 & wait', str(odd)], start_new_session=True)

    def group() -> set[int]:
        return {p for p in keeper.descendants(os.getpid()) if os.getpgid(p) == child.pid}

    # Then both are found below us
    try:
        eventually(lambda: len(group()) == 2)
        assert child.pid in group()
    finally:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
