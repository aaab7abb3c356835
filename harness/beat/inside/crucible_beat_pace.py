"""How much of beat's idle waking is skipped, and why no firing can differ by it.

``naive``    every wake-up there is: each 5 seconds for DatabaseScheduler. The yardstick.
``careful``  idle wake-ups between two readings of the rows (300 s) are skipped: in them beat asks
             whether a row was changed, and only a plan changes rows here; before 5.7 Celery also
             looks at the next entry, whose answer changes with the clocks: the driver wakes then.
``leap``     in addition, readings that could load nothing new are skipped, and what was sent is
             saved once a (virtual) day. Rows are read when one that beat has not loaded may enter
             its window (it loads fixed hours two hours ahead, clocked ones 300 s ahead), and
             whenever a row was changed. Saving late is seen by nothing but a crash.

The driver is careful for three hours on both sides of its start, of each planned event and of each
change of clocks, and leaps elsewhere. Which rows a reading loads is known of the releases below. Of
any other, and of a scheduler that chooses its rows itself, all is read each quarter of an hour:
what a reading leaves out depends on the hour, in some zone. Before 2.8.1 there were none.
"""

from datetime import datetime, timedelta, timezone
from typing import Any, List, Optional

NAIVE, CAREFUL, LEAP = "naive", "careful", "leap"
READING = timedelta(seconds=300)  # SCHEDULE_SYNC_MAX_INTERVAL of django-celery-beat
#: An hour's first reading comes somewhen in its first 300 s; the latest tells what depends on it.
LATE = READING - timedelta(seconds=1)
QUARTER = timedelta(minutes=15)  # no zone's hours begin at another minute
REFUSED = timedelta(seconds=5)  # until beat wakes again, if it did not read when it should have
#: Releases whose readings load a fixed hour AHEAD and BEHIND it, whatever the zone.
KNOWN = frozenset({("2", "9", "0")})
MIDNIGHT = datetime(2000, 1, 1, tzinfo=timezone.utc)
#: A fixed hour is loaded two hours ahead; one more since its offset is taken from a January, and
#: one behind for the same reason.
AHEAD, BEHIND = 3, 1
FAR = 10.0**9  # seconds: no limit


class Pace:
    """Sets the pace of one scheduler, and says when it must be awake at the latest."""

    def __init__(self, scheduler: Any, chosen: str) -> None:
        self._scheduler = scheduler
        self._chosen = chosen
        self._pace = ""
        self._own = (scheduler.max_interval, scheduler.sync_every)
        self._changes = getattr(scheduler, "Changes", None)
        self._known = self.reads_rows and _known(scheduler)
        self._wake: Optional[datetime] = None  # when a reading may load one more row
        self._read: Any = None  # what the last reading gave

    @property
    def reads_rows(self) -> bool:
        """Whether its schedule lies in a database that it reads again and again."""
        return self._changes is not None

    @property
    def _rereads(self) -> bool:
        """Whether it reads its rows from time to time although nobody has changed one."""
        return getattr(self._scheduler, "_last_full_sync", None) is not None

    def choose(self, careful: bool) -> None:
        """Be careful from now on, or as quick as was chosen."""
        pace = CAREFUL if careful and self._chosen == LEAP else self._chosen
        if pace == self._pace:
            return
        self._pace = pace
        scheduler = self._scheduler
        scheduler.max_interval, scheduler.sync_every = self._own
        if pace == CAREFUL and self.reads_rows:
            scheduler.max_interval = FAR  # woken to read the rows, see `next_reading`
        elif pace == LEAP:
            scheduler.max_interval, scheduler.sync_every = FAR, 86400
        if self.reads_rows:
            scheduler.Changes = self._changes if pace != LEAP else Remembered(self._changes)

    def before_tick(self, now: datetime) -> None:
        """Let beat read its rows in this tick, or not, if that could load nothing new."""
        if self._pace == LEAP and self._rereads:
            wake = self.next_reading(now)
            due = wake is not None and now >= wake
            present = datetime.now()  # naive, as the scheduler keeps it
            self._scheduler._last_full_sync = present - READING if due else present

    def next_reading(self, now: datetime) -> Optional[datetime]:
        """When the rows must be read again at the latest; None: no reading can load more."""
        if self._pace == NAIVE or not self._rereads:
            return None  # max_interval sees to it
        last: datetime = self._scheduler._last_full_sync.astimezone(timezone.utc)
        if self._pace == CAREFUL:
            reading = last + READING
            return reading if reading > now else now + REFUSED
        if not self._known:
            return last + (QUARTER - (last - MIDNIGHT - LATE) % QUARTER)
        if self._read is not self._scheduler._schedule:
            self._read = self._scheduler._schedule
            wakes = [_wake(row, now) for row in self._asleep()]
            self._wake = min(wakes) if wakes else None
        return self._wake

    def _asleep(self) -> List[Any]:
        """Enabled rows that the last reading did not load."""
        from django_celery_beat.models import PeriodicTask

        enabled = PeriodicTask.objects.filter(enabled=True)
        # Values, not objects: with a thousand rows these would cost as much as beat's own reading.
        rows = enabled.values_list(
            "name", "clocked__clocked_time", "crontab__hour", "crontab__timezone"
        )
        return [row for row in rows if row[0] not in self._read]


def _known(scheduler: Any) -> bool:
    """Whether it chooses the rows it loads as one of the KNOWN releases does."""
    import django_celery_beat
    from django_celery_beat.schedulers import DatabaseScheduler

    release = tuple(django_celery_beat.__version__.split("."))
    chooses = ("schedule", "all_as_schedule", "enabled_models", "enabled_models_qs")
    own, theirs = type(scheduler), DatabaseScheduler
    same = all(getattr(own, name, None) is getattr(theirs, name, None) for name in chooses)
    return same and release in KNOWN


class Remembered:
    """Answers when rows were changed last without asking again: nobody else changes any.

    A change made by this process is heard of by Django's own signal.
    """

    def __init__(self, changes: Any) -> None:
        from django.db.models.signals import post_save

        self._changes = changes
        self._last: Any = None
        post_save.connect(self._forget, sender=changes)

    def last_change(self) -> Any:
        """As ``PeriodicTasks.last_change``."""
        if self._last is None:
            self._last = self._changes.last_change()
        return self._last

    def _forget(self, **_: Any) -> None:
        self._last = None


def _wake(row: Any, now: datetime) -> datetime:
    """The next moment at which a reading may load a row that the last one left out."""
    _, clocked_time, hour, zone = row
    if clocked_time is not None:
        early: datetime = max(clocked_time - READING, now + timedelta(seconds=1))
        return early
    if not str(hour).isdecimal():
        return now + READING  # left out for a reason we do not know: read as often as beat does
    begins = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    for _ in range(24):
        ahead = (int(hour) - begins.astimezone(zone).hour) % 24
        if ahead <= AHEAD or ahead >= 24 - BEHIND:
            break
        begins += timedelta(hours=1)
    return begins + LATE
