"""Fakes the clock of one node (libfaketime, where it is installed: the package `faketime`).

The monotonic clock stays true, so that the node's evidence can be compared with that of others.
"""

import glob
import os
import time
from pathlib import Path
from typing import Final

from harness.event import Event
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


def environment(library: str, file: Path) -> dict[str, str]:
    """What makes a node's clock differ by as much as ``file`` says at the time."""
    return {
        "LD_PRELOAD": library,
        "FAKETIME_TIMESTAMP_FILE": str(file),
        "FAKETIME_CACHE_DURATION": str(REREAD_SECONDS),
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }


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
