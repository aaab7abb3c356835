"""Whether this machine lets containers have a file view of their own, found out by making one."""

import functools
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from harness.containers import foundation
from harness.containers.entry import Entry
from harness.containers.file_view import FileView
from harness.containers.root import Root
from harness.runtime import scratch

SECONDS_MAX: Final = 60.0
SECRET: Final = "/crucible-probe/volume"
COMMAND: Final = ("cat", f"{SECRET}/file")
SAID: Final = b"seen"


@functools.cache
def refusal() -> str:
    """Why there can be none; nothing if there can. Asked once a session."""
    if sys.platform != "linux":
        return f"{sys.platform} has no mount namespaces"
    place = scratch.directory()
    try:
        return _try(place)
    finally:
        shutil.rmtree(place)


def _try(place: Path) -> str:
    volume = place / "volume"
    volume.mkdir()
    (volume / "file").write_bytes(SAID)
    root = Root(place / "root")
    for path in ("/root", "/tmp"):
        root.make(path)
    root.mount(SECRET, volume, linked=False)
    view = FileView(root, (*foundation.common(), place))
    with Entry(view, "/", place).way(COMMAND) as way:
        process = subprocess.Popen(way.argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        failure = way.failure(lambda: process.poll() is not None)
        output, _ = process.communicate(timeout=SECONDS_MAX)
    return failure or ("" if output == SAID else f"a probe read {output!r}")
