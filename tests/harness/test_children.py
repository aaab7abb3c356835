"""The end of a process is told by the kernel, whoever ended it and whoever its parent is."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from harness.children import Children
from harness.event import CHILD_EXITED, CHILD_STARTED
from harness.recorder import Recorder

pytestmark = pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="only Linux tells")


@pytest.fixture
def process() -> "Iterator[subprocess.Popen[bytes]]":
    """A process that lasts until it is ended."""
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield process
    process.kill()
    process.communicate()


@pytest.fixture
def children(recorder: Recorder) -> Iterator[Children]:
    children = Children(recorder)
    yield children
    children.stop()


def exits(recorder: Recorder) -> list[tuple[str, int]]:
    return [(e.id, e.detail["pid"]) for e in recorder.events if e.type == CHILD_EXITED]


@pytest.mark.parametrize("told_first", [True, False])
def test_a_process_that_is_killed(
    told_first: bool,
    children: Children,
    recorder: Recorder,
    process: "subprocess.Popen[bytes]",
) -> None:
    # Given a child told of before the watch began, or after
    if not told_first:
        children.start()
    recorder.record(CHILD_STARTED, "worker", detail={"pid": process.pid})
    if told_first:
        children.start()
    assert exits(recorder) == []

    # When it is killed, and nobody has buried it
    process.kill()

    # Then its end is told, once
    assert recorder.wait_for(lambda: bool(exits(recorder)), 30)
    children.stop()
    assert exits(recorder) == [("worker", process.pid)]


def test_a_process_that_was_gone_before_it_was_heard_of(
    children: Children, recorder: Recorder, process: "subprocess.Popen[bytes]"
) -> None:
    process.kill()
    process.wait()
    children.start()
    recorder.record(CHILD_STARTED, "worker", detail={"pid": process.pid})
    assert exits(recorder) == [("worker", process.pid)]


def test_one_that_lives_on_when_the_watch_ends(
    children: Children, recorder: Recorder, process: "subprocess.Popen[bytes]"
) -> None:
    children.start()
    recorder.record(CHILD_STARTED, "worker", detail={"pid": process.pid})
    children.stop()
    process.kill()
    process.wait()
    assert exits(recorder) == []
