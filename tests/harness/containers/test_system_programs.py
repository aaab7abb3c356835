"""A container's own `kill`, `pkill`, `ps`, ...: below a keeper of its own, with neighbours."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.containers import system_programs
from harness.containers.family import write_programs
from harness.containers.processes import Command, Processes

SLEEP = ["sleep", "600.125"]  # a number that no other command line has


@pytest.fixture
def neighbour() -> Iterator["subprocess.Popen[bytes]"]:
    """A process that is not the container's, but looks like it."""
    process = subprocess.Popen(SLEEP)
    yield process
    process.kill()
    process.wait()


class Place:
    """A container's processes and programs; ``main`` is its first process."""

    def __init__(self, processes: Processes, directory: Path) -> None:
        self._processes = processes
        self._directory = directory
        self.bin = directory / "bin"
        main_file = directory / "main.pid"
        known = system_programs.programs(processes.keeper_pid, main_file, "me", "127.9.8.7")
        write_programs(self.bin, known)
        self.main, self.ended = self.start(*SLEEP)
        main_file.write_text(str(self.main))

    def start(self, *argv: str) -> tuple[int, Any]:
        path = f"{self.bin}:{os.defpath}"
        output = self._directory / "output"
        words = system_programs.guarded(argv, self.bin)
        return self._processes.start(Command(words, {"PATH": path}, self._directory, output))

    def run(self, *argv: str) -> tuple[int, str]:
        output = self._directory / "output"
        output.unlink(missing_ok=True)
        code = self.start(*argv)[1].result(30)
        return code, output.read_text().strip()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    processes = Processes(scratch)
    yield Place(processes, tmp_path)
    processes.close()


@pytest.mark.parametrize(
    "argv",
    [
        ("pkill", "-9", "-f", "600.125"),
        ("pkill", "-KILL", "sleep"),
        ("killall", "-9", "sleep"),
        ("kill", "-9", "1"),
        ("kill", "-s", "KILL", "-1"),
        ("sh", "-c", "kill -9 1"),
        ("bash", "-ec", "kill -KILL -1"),
    ],
)
def test_only_its_own_processes_die(
    place: Place, neighbour: "subprocess.Popen[bytes]", argv: tuple[str, ...]
) -> None:
    place.start(*argv)
    assert place.ended.result(30) == 128 + signal.SIGKILL
    assert neighbour.poll() is None


def test_another_process_is_not_there(place: Place, neighbour: "subprocess.Popen[bytes]") -> None:
    code, said = place.run("kill", str(neighbour.pid))
    assert (code, said) == (1, f"kill: ({neighbour.pid}) - No such process")
    assert place.run("kill", "-0", str(place.main)) == (0, "")


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("pgrep", "-f", "sleep 600.125"), "{main}"),
        (("pgrep", "-x", "slee"), ""),
        (("pgrep", "-c", "sleep"), "1"),
        (("pgrep", "-la", "sleep"), "{main} sleep 600.125"),
        (("pidof", "sleep"), "{main}"),
        (("hostname",), "me"),
        (("hostname", "-i"), "127.9.8.7"),
    ],
)
def test_it_sees_itself_alone(
    place: Place, neighbour: "subprocess.Popen[bytes]", argv: tuple[str, ...], said: str
) -> None:
    assert place.run(*argv)[1] == said.format(main=place.main)


def test_ps(place: Place, neighbour: "subprocess.Popen[bytes]") -> None:
    code, said = place.run("ps", "-ef")
    assert code == 0
    assert [line.split()[1] for line in said.splitlines() if "600.125" in line] == [str(place.main)]


def test_what_is_not_understood_is_said(place: Place) -> None:
    code, said = place.run("pkill", "--newest", "sleep")
    assert (code, said) == (2, "pkill: without a container, '--newest' is not understood")


def test_a_script_that_kills_nobody_is_left_alone(tmp_path: Path) -> None:
    argv = ["sh", "-c", "skill; echo"]
    assert system_programs.guarded(argv, tmp_path) == argv
