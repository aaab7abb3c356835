"""Lowers one resource limit of running processes, and gives each its own back (Linux, prlimit)."""

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import psutil

from chaos.need import Need

#: None where a running process cannot be limited.
ADDRESS_SPACE: Final[int | None] = getattr(psutil, "RLIMIT_AS", None)
DESCRIPTORS: Final[int | None] = getattr(psutil, "RLIMIT_NOFILE", None)
PRLIMIT: Final = Need(
    "a kernel that limits processes which run (Linux)",
    lambda _: ADDRESS_SPACE is not None and DESCRIPTORS is not None,
)


@dataclass(slots=True)
class ProcessLimit:
    """One resource. Only soft limits are lowered, so that no right is needed to restore them."""

    resource: int
    _before: dict[int, int] = field(default_factory=dict)  # soft limits, by pid

    def set(self, process: psutil.Process, limit: int) -> None:
        """Lower it."""
        soft, hard = process.rlimit(self.resource)
        self._before.setdefault(process.pid, soft)
        process.rlimit(self.resource, (limit, hard))

    def read(self, process: psutil.Process) -> int:
        """The kernel's word."""
        return int(process.rlimit(self.resource)[0])

    def restore(self, processes: Iterable[psutil.Process]) -> None:
        """Raise it again; a child born meanwhile has inherited its parent's."""
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                before = self._before.get(process.pid, self._before.get(process.ppid()))
                if before is not None:
                    _, hard = process.rlimit(self.resource)
                    process.rlimit(self.resource, (before, hard))
