import os
import queue
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.errors import CrucibleError, Exit
from harness.runtime.keeper_client import Exited, KeeperClient


class Heard:
    """What a client is told by its keeper."""

    def __init__(self) -> None:
        self.exits: queue.Queue[Exited] = queue.Queue()
        self.lost = threading.Event()


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def client(heard: Heard) -> Iterator[KeeperClient]:
    client = KeeperClient(heard.exits.put, heard.lost.set)
    yield client
    if client.process.poll() is None:
        client.close()


@pytest.fixture
def spawn(
    client: KeeperClient, environment: dict[str, str], tmp_path: Path
) -> Callable[[list[str]], int]:
    def spawn(argv: list[str]) -> int:
        return client.spawn("node", argv, env=environment, cwd=tmp_path, log=tmp_path / "log")

    return spawn


def test_it_starts_a_process_and_hears_its_end(
    spawn: Callable[[list[str]], int], heard: Heard
) -> None:
    pid = spawn(["sh", "-c", "exit 7"])
    exited = heard.exits.get(timeout=10)
    assert (exited.name, exited.pid, exited.code) == ("node", pid, 7)


def test_what_cannot_be_started_is_an_error_with_the_command(
    spawn: Callable[[list[str]], int],
) -> None:
    with pytest.raises(CrucibleError, match="Cannot start node") as error:
        spawn(["no-such-program", "--flag"])
    assert "no-such-program --flag" in error.value.hint


def test_close_ends_everything_and_tells_of_it(
    client: KeeperClient, spawn: Callable[[list[str]], int], heard: Heard, tmp_path: Path
) -> None:
    # Given a running process and a directory
    pid = spawn(["sleep", "600"])
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    client.remove_at_end(scratch)

    # When it is closed, then both are gone, the end was told, and nothing counts as lost
    client.close()
    exited = heard.exits.get_nowait()
    assert (exited.pid, exited.code) == (pid, -signal.SIGKILL)
    assert not scratch.exists()
    assert not heard.lost.is_set()


@pytest.mark.skipif(sys.platform != "linux", reason="needs PR_SET_PDEATHSIG")
def test_a_killed_keeper_is_noticed_and_its_orphans_end(
    client: KeeperClient,
    spawn: Callable[[list[str]], int],
    heard: Heard,
    tmp_path: Path,
    eventually: Callable[..., None],
    is_alive: Callable[[int], bool],
) -> None:
    # Given a node with a child that does not notice its parent's death
    child_file = tmp_path / "child"
    main = spawn(["sh", "-c", f"sleep 600 & echo $! > {child_file}; wait"])
    eventually(lambda: child_file.exists() and child_file.read_text().strip())
    child = int(child_file.read_text())

    # When the keeper is killed
    os.kill(client.process.pid, signal.SIGKILL)

    # Then both end, it is told, and asking for more fails at once
    eventually(lambda: not is_alive(main) and not is_alive(child), 3.0)
    assert heard.lost.wait(3)
    assert heard.exits.get(timeout=3).pid == main
    with pytest.raises(CrucibleError) as error:
        spawn(["true"])
    assert error.value.exit_code is Exit.ABORTED
    with pytest.raises(CrucibleError, match="keeper"):
        client.close()


def test_a_question_under_way_when_the_keeper_dies_is_answered(
    client: KeeperClient, spawn: Callable[[list[str]], int]
) -> None:
    # Given a keeper that cannot answer, and a question to it
    os.kill(client.process.pid, signal.SIGSTOP)
    failures: queue.Queue[CrucibleError] = queue.Queue()

    def ask() -> None:
        try:
            spawn(["true"])
        except CrucibleError as error:
            failures.put(error)

    asking = threading.Thread(target=ask)
    asking.start()

    # When it is killed, then whoever asked hears of it long before the answer's time is up
    os.kill(client.process.pid, signal.SIGKILL)
    assert "keeper" in failures.get(timeout=3).message
    asking.join()
    with pytest.raises(CrucibleError, match="keeper"):
        client.close()
