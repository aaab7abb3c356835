"""Supervision: who died, whether anything made it, and who comes back."""

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.errors import CrucibleError
from harness.event import NODE_EXITED, NODE_READY, NODE_STARTED, NODE_STOPPED, Event
from harness.node import NodeSpec
from harness.recorder import Recorder
from harness.runtime.processes import LocalNode, Processes
from harness.runtime.supervised import describe_exit

#: Says that it is up, and sleeps; its child does the same.
PARENT = "sleep 600 & echo $! > child; echo up; touch ready; wait"
RESTART_DELAY = 0.3


@pytest.fixture
def runtime(recorder: Recorder, tmp_path: Path) -> Iterator[Processes]:
    runtime = Processes(recorder, tmp_path)
    yield runtime
    if runtime._keeper.process.poll() is None:
        runtime.close()


@pytest.fixture
def make(
    runtime: Processes, environment: dict[str, str], tmp_path: Path
) -> Callable[..., LocalNode]:
    """A node that runs a shell script and is ready once the file ``ready`` is there."""

    def make(script: str, **settings: Any) -> LocalNode:
        fields = {"ready": (tmp_path / "ready").exists, **settings}
        argv = ("sh", "-c", script)
        return runtime.node(NodeSpec("node", argv, tmp_path, environment, **fields))

    return make


@pytest.fixture
def happened(recorder: Recorder) -> Callable[..., list[Event]]:
    """Waits for the n-th event of a type, returns all of that type."""

    def wait(type_: str, count: int = 1) -> list[Event]:
        def seen() -> list[Event]:
            return [event for event in recorder.events if event.type == type_]

        assert recorder.wait_for(lambda: len(seen()) >= count, 10), recorder.events
        return seen()

    return wait


def test_a_node_starts_and_is_ready(
    make: Callable[..., LocalNode], happened: Callable[..., list[Event]]
) -> None:
    node = make(PARENT)
    timing = node.start()
    assert 0 < timing.seconds < 10
    assert node.logs() == "up\n"
    assert happened(NODE_STARTED)[0].detail == {"pid": node.pid, "restarts": 0}
    assert happened(NODE_READY)[0].detail == {"pid": node.pid}


def test_a_node_that_ends_before_it_is_ready_says_its_last_words(
    make: Callable[..., LocalNode],
) -> None:
    with pytest.raises(CrucibleError, match="ended before it was ready\\.\nalas") as error:
        make("echo alas; exit 1").start()
    assert "node.log" in error.value.hint


def test_a_node_that_is_never_ready_is_given_up(make: Callable[..., LocalNode]) -> None:
    with pytest.raises(CrucibleError, match=r"not ready within 0 s\.\n\(it logged nothing\)"):
        make("sleep 600", ready_seconds_max=0.2).start()


def test_a_node_that_dies_of_itself_is_evidence_and_comes_back(
    make: Callable[..., LocalNode], happened: Callable[..., list[Event]]
) -> None:
    # Given a supervised node
    node = make(PARENT, restart_delay=RESTART_DELAY)
    node.start()
    first = node.pid
    assert first

    # When somebody unknown kills it
    os.kill(first, signal.SIGKILL)

    # Then its end is unexpected, and it comes back after its delay, counted
    (exited,) = happened(NODE_EXITED)
    assert exited.detail == {
        "pid": first,
        "code": -signal.SIGKILL,
        "expected": False,
        "cause": "signal SIGKILL",
    }
    again = happened(NODE_STARTED, 2)[1]
    assert (again.mono - exited.mono) / 1e9 >= RESTART_DELAY
    assert again.detail["restarts"] == node.restarts == 1
    assert again.detail["pid"] != first
    happened(NODE_READY, 2)


def test_a_node_that_exits_tells_its_last_words(
    make: Callable[..., LocalNode], happened: Callable[..., list[Event]], tmp_path: Path
) -> None:
    # Given a node that says something as it exits, and in its next life nothing
    waits = "touch ready; while [ ! -e go ]; do sleep 0.02; done"
    node = make(
        f"[ -e go ] && exit 4; {waits}; echo alas; echo; exit 3", restart_delay=RESTART_DELAY
    )
    node.start()

    # When it exits, and then exits again
    (tmp_path / "go").touch()
    first, second = happened(NODE_EXITED, 2)[:2]
    node.stop()

    # Then the evidence of each holds what was said in that life
    assert first.detail["cause"] == "exit code 3; its log ends with 'alas'"
    assert second.detail["cause"] == "exit code 4"


def test_a_node_killed_by_a_fault_is_expected_to_die_but_only_this_once(
    make: Callable[..., LocalNode], happened: Callable[..., list[Event]]
) -> None:
    # Given a node that a fault kills
    node = make(PARENT, restart_delay=0.0)
    node.start()
    node.kill(signal.SIGKILL, cause="kill-node")
    (exited,) = happened(NODE_EXITED)
    assert (exited.detail["expected"], exited.detail["cause"]) == (True, "kill-node")

    # When it is back, and dies of itself
    again = happened(NODE_STARTED, 2)[1]
    happened(NODE_READY, 2)
    os.kill(again.detail["pid"], signal.SIGKILL)

    # Then that is not the fault's doing
    assert happened(NODE_EXITED, 2)[1].detail["expected"] is False
    happened(NODE_READY, 3)


@pytest.mark.parametrize("harmless", [signal.SIGSTOP, signal.SIGCONT, signal.SIGUSR1])
def test_a_signal_that_a_node_survives_excuses_no_later_crash(
    make: Callable[..., LocalNode], happened: Callable[..., list[Event]], harmless: signal.Signals
) -> None:
    # Given a node that was sent a signal which does not end it
    node = make(f"trap : USR1; {PARENT}; wait")
    node.start()
    assert node.pid
    node.kill(harmless, cause="a fault")

    # When it dies of something else
    os.kill(node.pid, signal.SIGKILL)

    # Then that is not the fault's doing
    (exited,) = happened(NODE_EXITED)
    assert (exited.detail["expected"], exited.detail["cause"]) == (False, "signal SIGKILL")


def test_a_node_that_dies_by_any_signal_of_a_fault_is_expected_to(
    make: Callable[..., LocalNode], happened: Callable[..., list[Event]]
) -> None:
    # Given a node that does not handle SIGUSR1, When a fault sends it
    node = make(PARENT)
    node.start()
    node.kill(signal.SIGUSR1, cause="a fault")

    # Then it dies by it, as expected
    (exited,) = happened(NODE_EXITED)
    assert exited.detail["code"] == -signal.SIGUSR1
    assert (exited.detail["expected"], exited.detail["cause"]) == (True, "a fault")


def test_what_is_left_of_the_group_dies_before_the_restart(
    make: Callable[..., LocalNode],
    happened: Callable[..., list[Event]],
    is_alive: Callable[[int], bool],
    tmp_path: Path,
) -> None:
    # Given a node with a child; when the node starts, it says whether that child lives
    tell = 'if [ -f child ] && kill -0 "$(cat child)" 2>/dev/null; then touch met; fi; '
    node = make(tell + PARENT, restart_delay=0.0)
    node.start()
    (child,) = node.children()
    assert is_alive(child)

    # When its main process alone is killed
    node.kill(signal.SIGKILL, cause="kill-node")
    happened(NODE_READY, 2)

    # Then the child is dead, and its successor did not meet it
    assert not is_alive(child)
    assert not (tmp_path / "met").exists()


def test_stopping_is_no_crash_and_nobody_comes_back(
    make: Callable[..., LocalNode], happened: Callable[..., list[Event]], runtime: Processes
) -> None:
    # Given a supervised node that is stopped on purpose
    node = make(PARENT, restart_delay=600.0)
    node.start()
    node.stop()

    # Then it is gone, as expected
    assert node.pid is None
    (exited,) = happened(NODE_EXITED)
    assert (exited.detail["expected"], exited.detail["cause"]) == (True, "stopped")
    assert len(happened(NODE_STOPPED)) == 1

    # And when everything was told, nobody waits to start it again
    runtime.close()
    assert not [thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)]


def test_a_stopped_node_can_be_started_again(make: Callable[..., LocalNode]) -> None:
    node = make(PARENT)
    node.start()
    node.stop()
    node.start()
    assert node.pid


def test_a_node_without_a_delay_stays_dead(
    make: Callable[..., LocalNode], happened: Callable[..., list[Event]]
) -> None:
    node = make(PARENT)
    node.start()
    os.kill(node.pid or 0, signal.SIGKILL)
    happened(NODE_EXITED)
    assert node.pid is None
    with pytest.raises(CrucibleError, match="not running"):
        node.kill(signal.SIGKILL, cause="kill-node")


def test_one_child_can_be_killed_alone(
    make: Callable[..., LocalNode],
    is_alive: Callable[[int], bool],
    eventually: Callable[..., None],
) -> None:
    node = make("sleep 600 & touch ready; sleep 601")
    node.start()
    eventually(lambda: len(node.children()) == 2)
    first, second = node.children()
    node.kill_child(first, signal.SIGKILL)
    eventually(lambda: not is_alive(first))
    assert is_alive(second)
    assert node.pid
    assert is_alive(node.pid)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_paused_node_runs_nothing_until_it_is_resumed(
    make: Callable[..., LocalNode], eventually: Callable[..., None]
) -> None:
    node = make(PARENT)
    node.start()
    pids = [node.pid, *node.children()]

    def states() -> set[str]:
        stats = [Path(f"/proc/{pid}/stat").read_text() for pid in pids]
        return {stat.rpartition(")")[2].split()[0] for stat in stats}

    node.pause()
    eventually(lambda: states() == {"T"})
    node.resume()
    eventually(lambda: states() == {"S"})


def test_a_log_is_read_from_a_mark_on(
    make: Callable[..., LocalNode], eventually: Callable[..., None]
) -> None:
    node = make("echo before; touch ready; read line < pipe; echo after; sleep 600")
    os.mkfifo(node.spec.cwd / "pipe")
    node.start()
    mark = node.mark()
    (node.spec.cwd / "pipe").write_text("go\n")
    eventually(lambda: node.logs(mark) == "after\n")
    assert node.logs() == "before\nafter\n"


def test_exit_codes_in_words() -> None:
    assert describe_exit(0) == "exit code 0"
    assert describe_exit(-9) == "signal SIGKILL"
    assert describe_exit(-250) == "signal 250"
