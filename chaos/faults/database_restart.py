"""Stops the database, in order or by a crash; it is started again when the fault is healed."""

import signal
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Self

from chaos.means.life import Life
from chaos.means.revival import revive, wait_dead
from chaos.means.server_fault import DatabaseFault
from harness.session import Session
from harness.wiring import DATABASE


@dataclass(slots=True)
class DatabaseRestart(DatabaseFault):
    """Fast shutdown, or with ``crash`` an immediate one, after which it must recover.

    What it has confirmed is kept in both cases.
    """

    name: ClassVar[str] = "database-restart"
    crash: bool = False
    _life: Life | None = None
    _mark: int = 0  # where its log ended

    @classmethod
    def candidates(cls, session: Session) -> Iterable[Self]:
        """In both ways."""
        return map(cls, (False, True))

    def inject(self, session: Session) -> None:
        """Stop it."""
        self._life = Life.watched(session, DATABASE)
        self._mark = session.stack.node(DATABASE).mark()
        # PostgreSQL's immediate shutdown: as a crash, but for shared memory, which is cleared away.
        number = signal.SIGQUIT if self.crash else signal.SIGINT
        session.stack.node(DATABASE).kill(number, cause=self.name)
        wait_dead(session, self._life)

    def proof(self, session: Session) -> str | None:
        """It logged how it was to end, and what runs it saw it end."""
        if not self._life or not (exited := self._life.exited):
            return None
        how = f"received {'immediate' if self.crash else 'fast'} shutdown request"
        if how not in session.stack.node(DATABASE).logs(self._mark):
            return None
        return f"PostgreSQL (pid {exited.detail['pid']}) {how} and ended"

    def heal(self, session: Session) -> None:
        """Start it; returns when it answers."""
        revive(session, self._life)
