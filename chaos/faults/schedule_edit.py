"""Somebody edits the schedule in the admin while beat runs (django-celery-beat)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Final, Self

from chaos import need
from chaos.fault import Fault
from chaos.means.database_server import connected
from chaos.need import Need, Needs
from harness.errors import CrucibleError, Exit
from harness.session import Session
from harness.stack import StackSettings
from harness.wiring import DATABASE

#: Its periods are words that PostgreSQL's intervals know.
MOST_OFTEN_DUE: Final = """
    SELECT task.name FROM django_celery_beat_periodictask task
    LEFT JOIN django_celery_beat_intervalschedule span ON span.id = task.interval_id
    WHERE task.enabled ORDER BY span.every * ('1 ' || span.period)::interval, task.name
"""
ENABLED: Final = "SELECT enabled FROM django_celery_beat_periodictask WHERE name = %s"
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
TRIES_MAX: Final = 5
IN_DATABASE: Final = Need(
    "a beat with a DatabaseScheduler among its arguments",
    lambda settings: "DatabaseScheduler" in _beat_arguments(settings),
)


@dataclass(slots=True)
class ScheduleEdit(Fault):
    """A periodic task is disabled until it is healed."""

    name: ClassVar[str] = "schedule-edit"
    family: ClassVar[str] = "people"
    needs: ClassVar[Needs] = (IN_DATABASE, need.DATABASE)
    uses: ClassVar[frozenset[str]] = frozenset({DATABASE})
    entry: str = ""  # its name in the admin; "": the one that is due most often
    _chosen: str = ""
    _mark: int | None = None  # where beat's log ended

    @property
    def target(self) -> str:
        """Whose schedule it edits."""
        return "beat"

    @classmethod
    def candidates(cls, session: Session) -> Iterable[Self]:
        """The entry that is due most often."""
        return (cls(),)

    def inject(self, session: Session) -> None:
        """Disable it."""
        self._chosen = self.entry or _most_often_due(session)
        self._edit(session, enabled=False)

    def proof(self, session: Session) -> str | None:
        """Beat has logged that its schedule changed, and the entry is disabled."""
        if not self._noticed(session) or self._enabled(session):
            return None
        return f"beat logged {NOTICED!r} after {self._chosen!r} was disabled"

    def heal(self, session: Session) -> None:
        """Enable it, and wait until beat has noticed.

        Beat may undo what was edited: it saves an entry by reading its whole row and writing it
        (django_celery_beat/schedulers.py, ``ModelEntry.save``), with no lock between the two. It
        does not once it has noticed that the entry is disabled, so that a second edit lasts.

        Raises:
            CrucibleError: the entry stayed disabled.
        """
        if self._mark is None:
            return
        for _ in range(TRIES_MAX):
            self._edit(session, enabled=True)
            session.recorder.wait_for(lambda: self._noticed(session), NOTICE_SECONDS_MAX)
            if self._enabled(session):
                self._mark = None
                return
        raise CrucibleError(
            f"{self._chosen!r} could not be enabled again.",
            hint="See nodes/beat.log in the run directory.",
            exit_code=Exit.UNKNOWN,
        )

    def _noticed(self, session: Session) -> bool:
        return self._mark is not None and NOTICED in session.stack.node("beat").logs(self._mark)

    def _enabled(self, session: Session) -> bool:
        with connected(session) as connection:
            return connection.execute(ENABLED, [self._chosen]).fetchone() == (True,)

    def _edit(self, session: Session, *, enabled: bool) -> None:
        self._mark = session.stack.node("beat").mark()
        with connected(session) as connection, connection.transaction():
            connection.execute(SWITCH, [enabled, self._chosen])
            connection.execute(CHANGED)


def _most_often_due(session: Session) -> str:
    with connected(session) as connection:
        row = connection.execute(MOST_OFTEN_DUE).fetchone()
    if row is None:
        raise CrucibleError(
            "No entry of the schedule is enabled.",
            hint="Enable one in the admin.",
            exit_code=Exit.UNKNOWN,
        )
    return str(row[0])


def _beat_arguments(settings: StackSettings) -> str:
    beat = settings.target.beat
    return beat.arguments if beat else ""
