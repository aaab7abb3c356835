"""A node whose clock jumps while it runs, as after a correction or a sleep."""

from dataclasses import dataclass
from typing import ClassVar

from chaos.faults.clock_skew import ClockSkew
from chaos.means import faketime
from harness.session import Session


@dataclass(slots=True)
class ClockJump(ClockSkew):
    """The node is restarted with the right time, which then jumps by ``seconds``.

    It breaks what ``clock-skew`` does, for the same reasons.
    """

    name: ClassVar[str] = "clock-jump"

    def inject(self, session: Session) -> None:
        """Restart it, then let its clock jump; its next line of evidence shows it."""
        self._restart_under(session, 0.0)
        self._since = len(session.recorder.events)
        faketime.tell(faketime.file_of(session, self.node), self.seconds)
