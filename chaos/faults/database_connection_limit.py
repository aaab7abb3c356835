"""All connections of the database are taken: whoever needs a new one is refused."""

from dataclasses import dataclass
from typing import Any, ClassVar, Final

import psycopg

from chaos.means.background import Background
from chaos.means.database_server import connect
from chaos.means.server_fault import DatabaseFault
from harness.session import Session

AGAIN_SECONDS: Final = 0.02  # a connection that somebody gives back is taken as soon as that


@dataclass(slots=True)
class DatabaseConnectionLimit(DatabaseFault):
    """Takes every connection that is free, and each that becomes free."""

    name: ClassVar[str] = "database-connection-limit"
    _taken: "tuple[psycopg.Connection[Any], ...]" = ()
    _taking: Background | None = None

    def inject(self, session: Session) -> None:
        """Take them all, and go on taking."""
        self._take(session)
        self._taking = Background(lambda: self._take(session))
        self._taking.start()

    def proof(self, session: Session) -> str | None:
        """It refuses one more, in its own words."""
        if not self._taken:
            return None
        try:
            connect(session).close()
        except psycopg.OperationalError as error:
            why = str(error).strip().rpartition("FATAL:  ")[2]
            if "too many" in why or "remaining connection slots" in why:
                return f"PostgreSQL: {why}; {len(self._taken)} connections are ours"
        return None

    def heal(self, session: Session) -> None:
        """Give them back."""
        try:
            if self._taking:
                self._taking.stop()
        finally:
            for connection in self._taken:
                connection.close()
            self._taken = ()

    def _take(self, session: Session) -> float:
        while True:
            try:
                self._taken = (*self._taken, connect(session))
            except psycopg.OperationalError:
                return AGAIN_SECONDS
