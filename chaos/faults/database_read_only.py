"""The database takes no writes: a failover went wrong, a disk is full, a replica was taken."""

from dataclasses import dataclass
from typing import ClassVar, Final

import psycopg

from chaos.means.database_server import connect, connected
from chaos.means.server_fault import DatabaseFault
from harness.errors import CrucibleError, Exit
from harness.session import Session

CHANGE_SECONDS_MAX: Final = 10.0
SETTING: Final = "default_transaction_read_only"


@dataclass(slots=True)
class DatabaseReadOnly(DatabaseFault):
    """Every transaction that begins from now on may only read."""

    name: ClassVar[str] = "database-read-only"

    def inject(self, session: Session) -> None:
        """Set it for the whole server, connections that are open included."""
        with connected(session) as connection:
            connection.execute(f"ALTER SYSTEM SET {SETTING} = on")
            connection.execute("SELECT pg_reload_conf()")

    def proof(self, session: Session) -> str | None:
        """It refuses a write, in its own words."""
        with connect(session, options="") as connection:
            try:
                with connection.transaction(force_rollback=True):
                    connection.execute("CREATE TABLE public.crucible_nothing ()")
            except psycopg.errors.ReadOnlySqlTransaction as error:
                return f"PostgreSQL: {str(error).strip()}"
        return None

    def heal(self, session: Session) -> None:
        """Take writes again, and wait until it does."""
        with connected(session) as connection:
            connection.execute(f"ALTER SYSTEM RESET {SETTING}")
            connection.execute("SELECT pg_reload_conf()")
        if not session.recorder.wait_for(lambda: not self.proof(session), CHANGE_SECONDS_MAX):
            raise CrucibleError(
                f"The database stayed read-only for {CHANGE_SECONDS_MAX:.0f} s.",
                hint="See nodes/database.log in the run directory.",
                exit_code=Exit.ABORTED,
            )
