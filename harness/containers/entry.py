"""How a process gets into its container's file view, and how one hears that it has."""

import itertools
import marshal
import os
import select
import sys
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from harness.containers.file_view import FileView

PROGRAM: Final = Path(__file__).parent / "guest" / "enter.py"
NUMBERS: Final = itertools.count(1)
ASK_MS: Final = 20
ANSWER_BYTES_MAX: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a process shall be: ``directory`` is the container's, ``scratch`` this machine's.

    ``neighbour``: the container's first process, 0 if this is it.
    """

    view: FileView
    directory: str
    scratch: Path
    neighbour: int = 0

    def way(self, command: Sequence[str]) -> "Way":
        """The way in for one command."""
        return Way(self, command)


class Way:
    """One process's way in: start ``argv`` inside the ``with``, then wait until it has entered."""

    def __init__(self, entry: Entry, command: Sequence[str]) -> None:
        self._entry = entry
        number = next(NUMBERS)
        self._view, self._notice = (entry.scratch / f"{name}-{number}" for name in ("view", "pipe"))
        self.argv = [
            *(sys.executable, "-I", "-S", str(PROGRAM), str(self._view), str(self._notice)),
            *command,
        ]

    def __enter__(self) -> Self:
        entry, plan = self._entry, self._entry.view.plan()
        root = str(entry.view.root.directory)
        # Both are of one interpreter, and its modules for JSON would take longer than all mounts.
        content = (root, *astuple(plan), entry.directory, entry.neighbour)
        self._view.write_bytes(marshal.dumps(content))
        os.mkfifo(self._notice, mode=0o600)
        self._answer = os.open(self._notice, os.O_RDONLY | os.O_NONBLOCK)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._answer)
        self._view.unlink(missing_ok=True)
        self._notice.unlink(missing_ok=True)

    def failure(self, has_ended: Callable[[], bool]) -> str:
        """Wait until the command runs: nothing; or why it does not. A process that was killed on
        the way has not failed: it ended, as any other does."""
        poll = select.poll()
        poll.register(self._answer, 0)  # its end alone: the pipe is closed by exec
        while not poll.poll(ASK_MS) and not has_ended():
            pass
        return os.read(self._answer, ANSWER_BYTES_MAX).decode(errors="replace")
