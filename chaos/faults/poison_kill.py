"""A task that gets the process which runs it killed, as the kernel does for want of memory."""

from dataclasses import dataclass
from typing import ClassVar

from chaos.faults.poison_exit import PoisonExit
from harness.client.publisher import Enqueue


@dataclass(slots=True)
class PoisonKill(PoisonExit):
    """By SIGKILL, in its first ``times`` executions; then it ends well, if it is run again."""

    name: ClassVar[str] = "poison-kill"

    @property
    def order(self) -> Enqueue:
        """``crucible.poison.kills_its_child``."""
        return Enqueue("crucible.poison.kills_its_child", [self.times])
