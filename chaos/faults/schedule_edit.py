"""Somebody edits the schedule in the admin while beat runs (django-celery-beat)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Final, Self

import psycopg

from chaos.fault import Fault
from chaos.means import candidates
from chaos.means.database_server import connect, connected
from harness.session import Session

NAMES: Final = (
    "SELECT name FROM django_celery_beat_periodictask"
    " WHERE enabled AND task <> 'celery.backend_cleanup' ORDER BY name"
)
SWITCH: Final = (
    "UPDATE django_celery_beat_periodictask SET enabled = %s, date_changed = now() WHERE name = %s"
)
#: What saving in the admin does besides: it is by this that DatabaseScheduler notices a change.
CHANGED: Final = """
    INSERT INTO django_celery_beat_periodictasks (ident, last_update) VALUES (1, now())
    ON CONFLICT (ident) DO UPDATE SET last_update = now()
"""
NOTICED: Final = "Schedule changed"  # what DatabaseScheduler logs
NOTICE_SECONDS_MAX: Final = 10.0  # twice what it sleeps at most


@dataclass(slots=True)
class ScheduleEdit(Fault):
    """The periodic task ``entry``, by its name in the admin, is disabled until it is healed."""

    name: ClassVar[str] = "schedule-edit"
    family: ClassVar[str] = "people"
    entry: str
    _mark: int | None = None  # where beat's log ended

    @property
    def target(self) -> str:
        """Whose schedule it edits."""
        return "beat"

    @classmethod
    def candidates(cls, session: Session) -> Iterable[Self]:
        """Each enabled entry, where a beat keeps its schedule in the database."""
        if not (session.stack.settings.target.beat and candidates.has_database(session)):
            return ()
        try:
            with connect(session) as connection:
                return [cls(name) for (name,) in connection.execute(NAMES)]
        except psycopg.Error:
            return ()  # another scheduler

    def inject(self, session: Session) -> None:
        """Disable it.

        Raises:
            CrucibleError: the schedule is not kept in the database.
        """
        self._edit(session, enabled=False)

    def proof(self, session: Session) -> str | None:
        """Beat has logged that its schedule changed."""
        if self._mark is None or NOTICED not in session.stack.node("beat").logs(self._mark):
            return None
        return f"beat logged {NOTICED!r} after {self.entry!r} was disabled"

    def heal(self, session: Session) -> None:
        """Enable it, and wait until beat has noticed."""
        if self._mark is None:
            return
        self._edit(session, enabled=True)
        session.recorder.wait_for(lambda: bool(self.proof(session)), NOTICE_SECONDS_MAX)
        self._mark = None

    def _edit(self, session: Session, *, enabled: bool) -> None:
        self._mark = session.stack.node("beat").mark()
        with connected(session) as connection, connection.transaction():
            connection.execute(SWITCH, [enabled, self.entry])
            connection.execute(CHANGED)
