"""Crucible's end of the guard."""

import contextlib
import json
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from harness.errors import CrucibleError, Exit
from harness.external import External
from harness.runtime.external.guard import Loan


class GuardClient:
    """The guard of what one run has borrowed. ``log``: where it writes what it could not do."""

    def __init__(self, external: External, log: Path) -> None:
        self._log = log
        self._loan = Loan(external)
        words = ["-P", "-m", "harness.runtime.external.guard"]  # -P: no project of a stranger's
        self._socket, theirs = socket.socketpair()
        with theirs, log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, *words, str(theirs.fileno()), external.model_dump_json()],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=output,
                start_new_session=True,  # Ctrl-C is for Crucible
            )

    def borrow(self, link: str) -> None:
        """Have it give this link back in the end."""
        if link not in self._loan.borrowed:
            self._loan.borrowed.add(link)
            self._tell({"borrows": link})

    def owe(self, node: str, argv: Sequence[str], directory: Path) -> None:
        """Have it run a command if Crucible is gone before it is paid."""
        self._loan.owed[node] = (list(argv), str(directory))
        self._tell({"owes": node, "argv": list(argv), "directory": str(directory)})

    def pay(self, node: str) -> None:
        """Nothing is owed for that node any more."""
        self._loan.owed.pop(node, None)
        self._tell({"paid": node})

    def close(self) -> None:
        """Have it give everything back, and wait until it has.

        Raises:
            CrucibleError: something was not given back; it says what.
        """
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
        code = self.process.wait()
        self._socket.close()
        failures = self._loan.give_back() if code < 0 else []  # it was killed: in its place
        if code > 0:
            failures = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        if failures:
            raise CrucibleError(
                f"The external system was not given back as it was: {'; '.join(failures)}",
                hint="Mend it by hand: open its proxies and start its nodes.",
                exit_code=Exit.ABORTED,
            )

    def _tell(self, message: dict[str, Any]) -> None:
        with contextlib.suppress(OSError):  # it was killed: `close` does its work
            self._socket.sendall(json.dumps(message).encode() + b"\n")
