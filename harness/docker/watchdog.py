"""A small process that removes a run's containers when Crucible is gone.

Crucible holds the other end of a socket. When it closes, for whatever reason (``kill -9``
included), the watchdog kills a compose command that may still be making containers, removes all
of the project and the scratch directories it was told of, and ends.

Messages, one JSON object a line: ``{"group": pid}``, ``{"scratch": path}``.
"""

import contextlib
import json
import os
import shutil
import signal
import socket
import sys

from harness.docker.engine import Engine
from harness.docker.removal import remove_project
from harness.errors import CrucibleError


def main() -> None:
    """Entry: the socket's descriptor, the engine's address, the project."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # a terminal's: Crucible acts on them
    descriptor, address, project = sys.argv[1:]
    groups, scratch = _listen(socket.socket(fileno=int(descriptor)))
    for group in groups:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
    try:
        remove_project(Engine(address), project)
    except CrucibleError as error:
        sys.exit(f"{error.message} {error.hint}")
    finally:
        for directory in scratch:
            shutil.rmtree(directory, ignore_errors=True)


def _listen(crucible: socket.socket) -> tuple[list[int], list[str]]:
    groups: list[int] = []
    scratch: list[str] = []
    with contextlib.suppress(ConnectionError), crucible.makefile("rb") as lines:
        for line in lines:
            message = json.loads(line)
            groups = [message["group"]] if message.get("group") else groups
            scratch += [message["scratch"]] if "scratch" in message else []
    return groups, scratch


if __name__ == "__main__":
    main()
