"""Starves a node of CPU time: it must share one core with programs that never rest."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Final

from chaos.means.node_fault import WorkerFault
from chaos.means.node_processes import processes
from chaos.need import PROCESSES, Need, Needs
from harness.node import NodeSpec
from harness.session import Session

WAITED_MS_MIN: Final = 100
NS_PER_MS: Final = 1_000_000
SCHEDSTAT: Final = Need(
    "a kernel that tells how long a process waits for a core (/proc/PID/schedstat)",
    lambda _: Path("/proc/self/schedstat").exists(),
)


@dataclass(slots=True)
class CpuStarvation(WorkerFault):
    """Its processes and ``burners`` busy loops have one core together.

    The loops are nodes: they end with the stack, however that ends.
    """

    name: ClassVar[str] = "cpu-starvation"
    needs: ClassVar[Needs] = (PROCESSES, SCHEDSTAT)
    burners: int = 8
    _cores: tuple[int, ...] = ()  # those it might use before
    _ran: int = 0  # nanoseconds
    _waited: int = 0

    def inject(self, session: Session) -> None:
        """Tie all of them to one core."""
        found = list(processes(session, self.node))
        self._cores = tuple(found[0].cpu_affinity())
        core = self._cores[-1]
        for process in found:
            process.cpu_affinity([core])
        for name in self._names():
            session.stack.add(_burner(name, core))
        self._ran, self._waited = self._measured(session)

    def proof(self, session: Session) -> str | None:
        """By the kernel's account, it waited longer for a core than it ran on one."""
        if not self._cores:
            return None
        ran, waited = self._measured(session)
        ran_ms, waited_ms = (ran - self._ran) // NS_PER_MS, (waited - self._waited) // NS_PER_MS
        if waited_ms < max(WAITED_MS_MIN, ran_ms):
            return None
        return f"{self.node} ran for {ran_ms} ms and waited {waited_ms} ms for a core"

    def heal(self, session: Session) -> None:
        """End the loops, and give it its cores back."""
        for name in self._names():
            session.stack.remove(name)
        if self._cores:
            for process in processes(session, self.node):
                process.cpu_affinity(list(self._cores))

    def _names(self) -> list[str]:
        return [f"burner-{number}-of-{self.node}" for number in range(1, self.burners + 1)]

    def _measured(self, session: Session) -> tuple[int, int]:
        """Nanoseconds on a core and waiting for one, of all its processes (proc_pid_schedstat)."""
        stats = [
            Path(f"/proc/{each.pid}/schedstat").read_text().split()
            for each in processes(session, self.node)
        ]
        return sum(int(ran) for ran, *_ in stats), sum(int(waited) for _, waited, *_ in stats)


def _burner(name: str, core: int) -> NodeSpec:
    code = f"import os\nos.sched_setaffinity(0, [{core}])\nwhile True: pass"
    return NodeSpec(name, (sys.executable, "-I", "-S", "-c", code), Path("/"), {}, ready=_at_once)


def _at_once() -> bool:
    return True
