"""Somebody holds a lock and does not let go: a forgotten transaction, a migration."""

from dataclasses import dataclass
from typing import Any, ClassVar, Final

import psycopg
from psycopg import sql

from chaos.means.database_server import connect, connected
from chaos.means.server_fault import DatabaseFault
from harness.errors import CrucibleError, Exit
from harness.session import Session

TABLES: Final = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
WAITING: Final = "SELECT pid FROM pg_stat_activity WHERE %s = ANY(pg_blocking_pids(pid))"
TRIES_MAX: Final = 5


@dataclass(slots=True)
class DatabaseLock(DatabaseFault):
    """``table``, or all of them, can be neither read nor written until it is healed."""

    name: ClassVar[str] = "database-lock"
    table: str = ""  # "": all of the schema `public`
    _holder: "psycopg.Connection[Any] | None" = None

    def inject(self, session: Session) -> None:
        """Take the lock, in a transaction that stays open.

        Raises:
            CrucibleError: there is no such table, or others would not let go of it.
        """
        for left in reversed(range(TRIES_MAX)):
            try:
                self._holder = _hold(connect(session), self.table)
                return
            except psycopg.Error as error:
                # A deadlock or a time-out may not happen again.
                if not left or not isinstance(error, psycopg.OperationalError):
                    raise CrucibleError(
                        f"The lock could not be taken: {str(error).strip()}.",
                        hint="A smaller fault may do: name one table that there is.",
                        exit_code=Exit.UNKNOWN,
                    ) from error

    def proof(self, session: Session) -> str | None:
        """The server says that others wait for this very connection."""
        if self._holder is None:
            return None
        pid = self._holder.info.backend_pid
        with connected(session) as connection:
            waiting = connection.execute(WAITING, [pid]).fetchall()
        if not waiting:
            return None
        held = self.table or "all tables"
        return f"PostgreSQL: {len(waiting)} connections wait for pid {pid}, which locks {held}"

    def heal(self, session: Session) -> None:
        """Let go."""
        if self._holder:
            self._holder.close()
        self._holder = None


def _hold(holder: "psycopg.Connection[Any]", table: str) -> "psycopg.Connection[Any]":
    """Locks within a transaction that it leaves open."""
    try:
        holder.autocommit = False
        names = [table] if table else [row[0] for row in holder.execute(TABLES)]
        tables = sql.SQL(", ").join(map(sql.Identifier, names))
        holder.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(tables))
    except psycopg.Error:
        holder.close()
        raise
    return holder
