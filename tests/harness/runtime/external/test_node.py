"""A node that somebody else runs: a real process, looked at and killed by commands."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness import external
from harness.errors import CrucibleError, Exit
from harness.event import NODE_EXITED, NODE_READY, NODE_STARTED
from harness.node import Address, NodeSpec
from harness.recorder import Recorder
from harness.runtime.external.node import ExternalNode

Make = Callable[..., ExternalNode]
PROCESS = Path(__file__).parents[3] / "targets" / "external" / "process.py"


class Sleeper:
    """A process that somebody else runs, and the file that tells of it."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(["sleep", "600"])
        told = {"type": "node-ready", "detail": {"pid": self.process.pid}}
        self.file.write_text(json.dumps(told) + "\n")

    def end(self) -> None:
        self.process.kill()
        self.process.wait()


class Guard:
    """Notes what is owed."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    def owe(self, node: str, argv: Sequence[str], directory: Path) -> None:
        self.told.append(("owe", node))

    def pay(self, node: str) -> None:
        self.told.append(("pay", node))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "worker.probe.jsonl"


@pytest.fixture
def sleeper(file: Path) -> Iterator[Sleeper]:
    """Runs, and is gone after the test."""
    made = Sleeper(file)
    yield made
    made.end()


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    """A history."""
    made = Recorder(tmp_path / "history.jsonl")
    yield made
    made.close()


@pytest.fixture
def guard() -> Guard:
    return Guard()


@pytest.fixture
def make(tmp_path: Path, recorder: Recorder, guard: Guard) -> Make:
    """Makes a node of which so much is known."""

    def make(address: Address | None = None, **known: str) -> ExternalNode:
        ready = (lambda: False) if address else None
        spec = NodeSpec("worker", (), tmp_path, {}, address=address, ready=ready, foreign=True)
        means = external.ExternalNode(**known)  # type: ignore[arg-type]
        return ExternalNode(spec, means, recorder, tmp_path, guard, {})  # type: ignore[arg-type]

    return make


@pytest.fixture
def commands(file: Path) -> dict[str, str]:
    """As a person writes them."""
    command = f"{sys.executable} {PROCESS} {file}"
    return {"pid": f"{command} pid", "kill": f"{command} kill {{signal}}"}


def events(recorder: Recorder) -> list[tuple[str, Any]]:
    return [(event.type, event.detail.get("pid")) for event in recorder.events]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_kill_is_seen_and_was_expected(
    sleeper: Sleeper,
    make: Make,
    commands: dict[str, str],
    recorder: Recorder,
    number: int,
) -> None:
    # Given a node that runs
    node, pid = make(**commands), sleeper.process.pid
    node.start()
    assert (node.pid, node.is_ready) == (pid, True)

    # When it is killed, and is back under another pid before anybody looks
    before = time.monotonic_ns()
    node.kill(number, cause="kill-node")
    assert sleeper.process.wait(10) == -number
    sleeper.start()
    node.look()

    # Then both are told, the end at the last moment at which it was seen alive
    new = sleeper.process.pid
    assert events(recorder) == [(NODE_EXITED, pid), (NODE_STARTED, new), (NODE_READY, new)]
    exited = recorder.events[0]
    assert exited.detail["expected"]
    assert exited.detail["code"] is None
    assert before < exited.mono < recorder.events[1].mono
    assert (node.pid, node.restarts) == (new, 1)


def test_an_end_that_nothing_made_is_held_against_it(
    sleeper: Sleeper,
    make: Make,
    commands: dict[str, str],
    recorder: Recorder,
) -> None:
    node = make(**commands)
    node.start()
    sleeper.end()
    node.look()
    (exited,) = recorder.events
    assert exited.type == NODE_EXITED
    assert not exited.detail["expected"]
    assert (node.pid, node.is_ready) == (None, False)


def test_what_was_killed_is_started_again_by_command(
    sleeper: Sleeper,
    make: Make,
    commands: dict[str, str],
    guard: Guard,
    tmp_path: Path,
    eventually: Callable[..., None],
) -> None:
    # Given a node that nobody supervises
    started = tmp_path / "started"
    node = make(**commands, restart=f"touch {started}")
    node.start()

    # When it is killed, then its start is owed before, and run once its end is seen
    node.kill(signal.SIGKILL, cause="kill-node")
    sleeper.process.wait()
    assert guard.told[-1] == ("owe", "worker")
    assert not started.exists()
    node.look()
    eventually(started.exists)

    # And it is paid for only when it is back
    assert guard.told[-1] == ("owe", "worker")
    sleeper.start()
    node.look()
    assert guard.told[-1] == ("pay", "worker")


def test_a_command_that_cannot_tell_proves_no_end(
    sleeper: Sleeper, make: Make, recorder: Recorder, tmp_path: Path
) -> None:
    # Given a command that asks another machine, which is away for a while (ssh ends with 255)
    script = tmp_path / "ask"
    script.write_text(f"echo {sleeper.process.pid}")
    node = make(pid=f"sh {script}")
    node.start()
    script.write_text("exit 255")
    node.look()

    # Then nothing is told, and what was said is kept
    assert node.pid == sleeper.process.pid
    assert recorder.events == []
    assert "code 255" in node.logs()


@pytest.mark.parametrize(
    ("known", "number", "why"),
    [
        ({}, signal.SIGKILL, "cannot be killed"),
        ({"pid": "echo 1", "kill": "true"}, signal.SIGTERM, "by SIGKILL alone"),
        ({"pid": "echo 1", "kill": "false"}, signal.SIGKILL, "ended with code 1"),
        ({"pid": "echo 1", "kill": "no-such-command"}, signal.SIGKILL, "was not killed"),
        ({"pid": "true", "kill": "true"}, signal.SIGKILL, "is not running"),
    ],
)
def test_what_cannot_be_killed_is_told_by_name(
    make: Make, known: dict[str, str], number: int, why: str
) -> None:
    with pytest.raises(CrucibleError, match=why) as caught:
        make(**known).kill(number, cause="kill-node")
    assert caught.value.message.startswith("worker ")


def test_what_nobody_can_do_there_is_refused(make: Make) -> None:
    node = make()
    for act in (node.pause, lambda: node.kill_child(1, 9), lambda: node.run_inside([], 1)):
        with pytest.raises(CrucibleError, match="worker runs elsewhere"):
            act()


def test_a_node_that_is_not_there_is_refused(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.runtime.external.node.ANSWER_SECONDS_MAX", 0.0)
    for node, why in (
        (make(pid="true"), "does not run: 'true' printed no pid"),
        (make(Address("127.0.0.1", 1)), r"does not answer at 127\.0\.0\.1:1"),
    ):
        with pytest.raises(CrucibleError, match=why) as caught:
            node.start()
        assert caught.value.exit_code is Exit.USAGE
