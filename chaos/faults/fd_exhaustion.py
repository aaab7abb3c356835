"""Gives a worker no more file descriptors than it has: it can open nothing, connect to nobody."""

import itertools
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import psutil

from chaos.means.node_fault import WorkerFault
from chaos.means.node_processes import processes
from chaos.means.process_limit import DESCRIPTORS, PRLIMIT, ProcessLimit
from chaos.need import PROCESSES, Needs
from harness.session import Session


@dataclass(slots=True)
class FdExhaustion(WorkerFault):
    """None of its processes may open anything more (EMFILE); what is open stays so.

    A process may not survive that: that a node ends is not held against it.
    """

    name: ClassVar[str] = "fd-exhaustion"
    needs: ClassVar[Needs] = (PROCESSES, PRLIMIT)
    breaks: ClassVar[frozenset[str]] = frozenset({"nodes-stay-up"})
    _limit: ProcessLimit | None = None

    def inject(self, session: Session) -> None:
        """Limit each of its processes to the first number that is free."""
        assert DESCRIPTORS is not None
        self._limit = ProcessLimit(DESCRIPTORS)
        for process in processes(session, self.node):
            self._limit.set(process, first_free(process))

    def proof(self, session: Session) -> str | None:
        """For each the kernel's limit is the first number that is free, or below it."""
        found = list(processes(session, self.node))
        if self._limit is None or not found:
            return None
        if any(self._limit.read(each) > first_free(each) for each in found):
            return None
        opened = sum(each.num_fds() for each in found)
        return f"{len(found)} processes of {self.node} have {opened} descriptors and get no more"

    def heal(self, session: Session) -> None:
        """Let each open as many as before."""
        if self._limit:
            self._limit.restore(processes(session, self.node))


def first_free(process: psutil.Process) -> int:
    """The number that the next thing it opens would get."""
    taken = {int(path.name) for path in Path(f"/proc/{process.pid}/fd").iterdir()}
    return next(number for number in itertools.count() if number not in taken)
