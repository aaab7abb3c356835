"""Kills a node whose supervisor takes its time to start it again."""

import signal
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import ClassVar, Final, Self

from chaos.means import candidates
from chaos.means.life import Life
from chaos.means.node_fault import NodeFault
from harness.errors import CrucibleError
from harness.session import Session

MARGIN_SECONDS: Final = 1.0  # beyond the usual delay, so that nobody takes a slow start for it


@dataclass(slots=True)
class SlowSupervisor(NodeFault):
    """The node stays down for ``delay_seconds`` after a SIGKILL, instead of its usual delay."""

    name: ClassVar[str] = "slow-supervisor"
    delay_seconds: float = 5.0
    _usual: float | None = None
    _life: Life | None = None

    @classmethod
    def candidates(cls, session: Session) -> Iterable[Self]:
        """Every node that is brought back sooner as a rule."""
        return (
            fault
            for fault in map(cls, candidates.supervised(session))
            if fault.delay_seconds > fault._delay(session) + MARGIN_SECONDS
        )

    def inject(self, session: Session) -> None:
        """Slow down its supervisor, then kill it.

        Raises:
            CrucibleError: the delay is hardly longer than the usual one.
        """
        usual = self._delay(session)
        if self.delay_seconds <= usual + MARGIN_SECONDS:
            raise CrucibleError(
                f"The supervisor of {self.node} takes {usual} s anyway.",
                hint=f"Give it a delay_seconds above {usual + MARGIN_SECONDS}.",
            )
        node, self._usual = session.stack.node(self.node), usual
        node.spec = replace(node.spec, restart_delay=self.delay_seconds)
        self._life = Life.watched(session, self.node)
        node.kill(signal.SIGKILL, cause=self.name, group=True)

    def proof(self, session: Session) -> str | None:
        """Well after its usual delay, nobody has started it again."""
        exited = self._life and self._life.exited
        if self._usual is None or not exited or not self._life or self._life.started_again:
            return None
        down = (time.monotonic_ns() - exited.mono) / 1e9
        if down < self._usual + MARGIN_SECONDS:
            return None
        usually = f"as a rule it is started after {self._usual} s"
        return f"{self.node} has been down for {down:.1f} s; {usually}"

    def heal(self, session: Session) -> None:
        """Wait until it is back; from now on its supervisor is as quick as before."""
        if self._usual is not None:
            node = session.stack.node(self.node)
            node.spec = replace(node.spec, restart_delay=self._usual)
        if self._life:
            self._life.wait_back()

    def _delay(self, session: Session) -> float:
        return session.stack.node(self.node).spec.restart_delay or 0.0
