"""Gives a worker no more memory than it has: whatever it asks for next is refused."""

from dataclasses import dataclass
from typing import ClassVar

from chaos.means.node_fault import WorkerFault
from chaos.means.node_processes import processes
from chaos.means.process_limit import ADDRESS_SPACE, PRLIMIT, ProcessLimit
from chaos.need import PROCESSES, Needs
from harness.session import Session

MB = 1_000_000


@dataclass(slots=True)
class MemoryExhaustion(WorkerFault):
    """The address space of each of its processes may not grow by more than ``spare_mb``.

    Python then raises MemoryError, and a process may not survive it: that a node ends is not held
    against it.
    """

    name: ClassVar[str] = "memory-exhaustion"
    needs: ClassVar[Needs] = (PROCESSES, PRLIMIT)
    breaks: ClassVar[frozenset[str]] = frozenset({"nodes-stay-up"})
    spare_mb: int = 10
    _limit: ProcessLimit | None = None

    def inject(self, session: Session) -> None:
        """Limit each of its processes to what it has."""
        assert ADDRESS_SPACE is not None
        self._limit = ProcessLimit(ADDRESS_SPACE)
        for process in processes(session, self.node):
            self._limit.set(process, process.memory_info().vms + self.spare_mb * MB)

    def proof(self, session: Session) -> str | None:
        """The kernel's limit for each is what it uses already, but for the spare."""
        found = list(processes(session, self.node))
        if self._limit is None or not found:
            return None
        spare = [self._limit.read(each) - each.memory_info().vms for each in found]
        if max(spare) > self.spare_mb * MB + MB:
            return None
        more = max(0, *spare) / MB
        return f"{len(found)} processes of {self.node} may have {more:.1f} MB more, and no further"

    def heal(self, session: Session) -> None:
        """Give each as much as before."""
        if self._limit:
            self._limit.restore(processes(session, self.node))
