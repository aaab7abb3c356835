"""Fakes the clock of one node (libfaketime, where it is installed: the package `faketime`).

The monotonic clock stays true, so that the node's evidence can be compared with that of others.
"""

import glob
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from harness.event import Event
from harness.runtime.local_site import PROBE
from harness.session import Session

PLACES: Final = (
    "/usr/lib/*/faketime/libfaketime.so.1",
    "/usr/lib*/faketime/libfaketime.so.1",
    "/usr/local/lib/faketime/libfaketime.so.1",
)
REREAD_SECONDS: Final = 1  # how soon a change of the file is noticed
NS: Final = 1_000_000_000


def library() -> str | None:
    """libfaketime: CRUCIBLE_LIBFAKETIME, or where systems put it; None if it is not there."""
    found = [path for place in PLACES for path in glob.glob(place)]
    return os.environ.get("CRUCIBLE_LIBFAKETIME") or next(iter(sorted(found)), None)


def environment(library: str, file: Path, usual: Mapping[str, str]) -> dict[str, str]:
    """A node's ``usual`` one, and what makes its clock differ by as much as ``file`` says.

    The directory ``clock`` mends what libfaketime breaks in Python.
    """
    path = [str(PROBE / "clock"), *filter(None, [usual.get("PYTHONPATH")])]
    return {
        **usual,
        "PYTHONPATH": os.pathsep.join(path),
        "LD_PRELOAD": library,
        "FAKETIME_TIMESTAMP_FILE": str(file),
        "FAKETIME_CACHE_DURATION": str(REREAD_SECONDS),
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }


def is_faked(pid: int) -> bool:
    """Whether a process was started so, by the kernel's word; one that has ended was not."""
    try:
        return b"FAKETIME_TIMESTAMP_FILE=" in Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return False


def difference(event: Event) -> float:
    """By how many seconds the clock of who saw the event differs from ours."""
    ours = time.time_ns() - time.monotonic_ns()
    return (event.wall - event.mono - ours) / NS


def file_of(session: Session, node: str) -> Path:
    """Where a node reads by how much its clock shall differ."""
    return Path(session.stack.directory.nodes) / f"{node}.faketime"


def tell(file: Path, seconds: float) -> None:
    """Let it differ by so much, from its next look at the file."""
    new = file.with_suffix(".new")
    new.write_text(f"{seconds:+f}\n")
    new.replace(file)  # at once: it must never read half of it
