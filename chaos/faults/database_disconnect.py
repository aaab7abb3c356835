"""The database hangs up on all of its clients at once, and takes them again."""

from dataclasses import dataclass
from typing import ClassVar, Final

from chaos.means.database_server import OUR_NAME, connected
from chaos.means.server_fault import DatabaseFault
from harness.session import Session

TERMINATE: Final = """
    SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND application_name <> %s
"""
LEFT: Final = "SELECT count(*) FROM pg_stat_activity WHERE pid = ANY(%s)"


@dataclass(slots=True)
class DatabaseDisconnect(DatabaseFault):
    """``pg_terminate_backend`` for each; what they had not committed is rolled back."""

    name: ClassVar[str] = "database-disconnect"
    _ended: tuple[int, ...] = ()  # the server's pids of these connections

    def inject(self, session: Session) -> None:
        """Hang up."""
        with connected(session) as connection:
            rows = connection.execute(TERMINATE, [OUR_NAME]).fetchall()
        self._ended = tuple(pid for pid, ended in rows if ended)

    def proof(self, session: Session) -> str | None:
        """The server lists none of them any more."""
        if not self._ended:
            return None
        with connected(session) as connection:
            row = connection.execute(LEFT, [list(self._ended)]).fetchone()
        if row is None or row[0]:
            return None
        return f"PostgreSQL ended {len(self._ended)} connections and lists none of them any more"

    def heal(self, session: Session) -> None:
        """Nothing to undo: whoever needs a connection makes one."""
