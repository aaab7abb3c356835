"""Sees that the evidence of an external system is whole, before anything is judged by it.

Every worker that answers on the broker and reads the target's queues must be one whose probe writes
to a file that the target file names; else a task that another worker takes would look lost. A
worker and its probe tell the same pid, so both can be matched. And the file must be of this
machine's clock.
"""

import json
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from harness.client.inquiry import Inquiry
from harness.errors import CrucibleError
from harness.event import NODE_READY
from harness.node import Address
from harness.recorder import EVENT_HEAD
from harness.servers.cache import Progress
from harness.target import Target

#: Two machines that booted so close together would be taken for one.
CLOCK_NS_MAX: Final = 1_000_000_000
#: A worker that has just lost its broker comes back after 2, 4, 6... s (Celery's consumer loop).
ANSWERS_WITHIN_S: Final = 30.0
MARK: Final = b'"type":"node-ready"'


class Told(NamedTuple):
    """The end of one worker's probe file."""

    pid: int  # of the process that wrote it last, once it was ready
    clock: int  # wall minus monotonic nanoseconds of its last line


def refuse_unseen(client: Address, target: Target, progress: Progress) -> None:
    """See that the workers which answer are just those of the target file.

    Raises:
        CrucibleError: one has no probe file, or a file has no such worker.
    """
    told, readers = _told_by_files(target), _readers(client, target)
    deadline = time.monotonic() + ANSWERS_WITHIN_S
    while told.keys() - readers.keys() and time.monotonic() < deadline:
        progress("waiting for a worker that does not answer yet")
        told, readers = _told_by_files(target), _readers(client, target)  # listens for 2 s
    for pid in told.keys() - readers.keys():
        raise CrucibleError(
            f"{told[pid]} did not answer on the broker within {ANSWERS_WITHIN_S:.0f} s: its probe "
            f"file tells of pid {pid}.",
            hint="It may have ended, have another broker or other queues, or switch off remote "
            "control (worker_enable_remote_control).",
        )
    if unseen := _unseen(told, readers):
        raise CrucibleError(
            unseen,
            hint="Start it with the probe and name it in [[workers]], or end it; docs/target.md.",
        )
    progress("every worker that reads the queues is known")


def strangers(client: Address, target: Target) -> str | None:
    """Which other worker reads the queues now, in a sentence; None if there is none.

    Raises:
        CrucibleError: a probe file tells nothing any more.
    """
    return _unseen(_told_by_files(target), _readers(client, target))


def _unseen(told: Mapping[int, str], readers: Mapping[int, str]) -> str | None:
    unseen = [f"{readers[pid]} (pid {pid})" for pid in readers.keys() - told.keys()]
    if not unseen:
        return None
    return (
        f"{', '.join(unseen)} reads the target's queues, but no probe file tells of it: what it "
        "takes would look lost."
    )


def _told_by_files(target: Target) -> dict[int, str]:
    """The process that each worker's probe file tells of: pid -> node."""
    return {_told(name, path).pid: name for name, path in _files(target)}


def _readers(client: Address, target: Target) -> dict[int, str]:
    """Who answers and reads at least one of the queues: pid -> what Celery calls it."""
    inquiry, ours = Inquiry(client), frozenset(target.queues)
    try:
        answers = inquiry.workers()
    finally:
        inquiry.close()
    return {said["pid"]: name for name, said in answers.items() if ours & {*said["queues"]}}


def _files(target: Target) -> Iterator[tuple[str, Path]]:
    assert target.external
    for worker in target.workers:
        path = target.external.node(worker.name).probe
        assert path
        yield worker.name, path


def _told(name: str, path: Path) -> Told:
    ready, last = _lines(path)
    if not ready:
        raise CrucibleError(
            f"No worker has ever been ready by the probe file of {name}, {path}.",
            hint="Start the worker with --include crucible_probe and CRUCIBLE_PROBE_FILE.",
        )
    event, latest = json.loads(ready), json.loads(last)
    assert event["type"] == NODE_READY
    if event["id"] != name:
        raise CrucibleError(
            f"The probe file of {name} was written by a node that calls itself {event['id']!r}.",
            hint=f"Set CRUCIBLE_NODE={name} for it, or rename it in the target file.",
        )
    told = Told(event["detail"]["pid"], latest["wall"] - latest["mono"])
    if abs(told.clock - (time.time_ns() - time.monotonic_ns())) > CLOCK_NS_MAX:
        raise CrucibleError(
            f"The probe file of {name} is of another machine's clock: its times cannot be compared "
            "with this one's.",
            hint="Run Crucible on the machine of the workers; or restart them, if this machine's "
            "clock was set or it slept meanwhile.",
        )
    return told


def _lines(path: Path) -> tuple[bytes, bytes]:
    """The last line that tells of being ready, and the last whole one."""
    ready = last = b""
    with path.open("rb") as file:
        for line in file:
            # Another process may have appended its own line to a torn one.
            whole = line[max(0, line.rfind(EVENT_HEAD)) :]
            if not whole.startswith(EVENT_HEAD) or not whole.endswith(b"}\n"):
                continue
            last = whole
            if MARK in whole:
                ready = whole
    return ready, last
