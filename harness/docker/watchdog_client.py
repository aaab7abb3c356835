"""Crucible's end of the watchdog."""

import contextlib
import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from harness.docker.engine import Engine
from harness.docker.removal import remove_project


class WatchdogClient:
    """The watchdog of one project."""

    def __init__(self, engine: Engine, project: str) -> None:
        self._engine = engine
        self._project = project
        self._socket, theirs = socket.socketpair()
        words = ["-P", "-m", "harness.docker.watchdog"]  # -P: no project of a stranger's in between
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, *words, str(theirs.fileno()), engine.address, project],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for Crucible
            )

    def remove_at_end(self, directory: Path) -> None:
        """Have it remove ``directory`` too."""
        self._tell({"scratch": str(directory)})

    def kill_at_end(self, group: int) -> None:
        """Have it kill this process group first."""
        self._tell({"group": group})

    def close(self) -> None:
        """Have it remove everything, and wait until it has.

        Raises:
            CrucibleError: something could not be removed.
        """
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
        self.process.wait()
        self._socket.close()
        if self.process.returncode:
            remove_project(self._engine, self._project)  # it was killed: in its place

    def _tell(self, message: dict[str, Any]) -> None:
        with contextlib.suppress(OSError):  # it was killed: `close` does its work
            self._socket.sendall(json.dumps(message).encode() + b"\n")
