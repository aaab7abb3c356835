"""The frozen clock of this process: moved by hand, read by everything but the evidence."""

import os
import sys
import time
from datetime import datetime, timedelta, timezone
from importlib.util import find_spec
from typing import Any

if find_spec("dateutil") is None:  # Celery has brought it since 5.3
    sys.path.append(os.environ["CRUCIBLE_FREEZEGUN_NEEDS"])

from freezegun import api, freeze_time

#: Not frozen: our evidence, and drivers of servers, whose deadlines are about real waiting.
REAL = ["crucible_beat_evidence", "psycopg", "psycopg2", "redis", "amqp"]
#: Beat wakes 10 ms early on purpose (`Scheduler.adjust`), finds nothing due and, with a clock that
#: stands still, would do so for ever. So each landing is that much later.
DRIFT = timedelta(milliseconds=10)
LEAST_STEP = timedelta(milliseconds=1)


def _keep_folds() -> None:
    """Mend freezegun: it forgets ``fold``, so that the second of two repeated hours is the first.

    Beat would then be convicted of what it does not do: all its intervals stand still in that hour.
    https://github.com/spulec/freezegun/issues/422 and /596, open in 1.5.5.
    """

    def with_fold(moment: Any) -> Any:
        fields = (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second)
        return api.FakeDatetime(*fields, moment.microsecond, moment.tzinfo, fold=moment.fold)

    def now(cls: Any, tz: Any = None) -> Any:
        frozen = api.get_current_time()
        if tz is None:
            return with_fold(_local(frozen))
        return with_fold(tz.fromutc(api.real_datetime.replace(frozen, tzinfo=tz)))

    replaced: Any = api
    replaced.datetime_to_fakedatetime = with_fold
    replaced.FakeDatetime.now = classmethod(now)


def _local(frozen: Any) -> Any:
    """What a clock on the wall of this process shows: Django sets its zone (``TIME_ZONE``)."""
    moment = api.real_datetime.replace(frozen, tzinfo=timezone.utc)
    return api.real_datetime.fromtimestamp(moment.timestamp())


class Clock:
    """Frozen at ``start`` from the moment it is made; times are aware, in UTC."""

    def __init__(self, start: datetime) -> None:
        _keep_folds()
        self._frozen = freeze_time(_naive(start), ignore=REAL).start()
        self._follow_the_zone()

    @property
    def now(self) -> datetime:
        """What the process takes for the present."""
        return self._frozen.time_to_freeze.replace(tzinfo=timezone.utc)

    def move_to(self, moment: datetime) -> None:
        """Make it ``moment``, before or after now."""
        self._frozen.move_to(_naive(moment))
        self._follow_the_zone()

    def _follow_the_zone(self) -> None:
        """Let naive times be those of the process's zone, whose offset changes on the way."""
        offset = time.localtime(self.now.timestamp()).tm_gmtoff
        api.tz_offsets[-1] = timedelta(seconds=offset)

    def after(self, seconds: float) -> datetime:
        """Where to land when beat wants to sleep so long: just past what is due then.

        Up to the next whole millisecond: beat keeps its times as floats, and a microsecond too
        early would cost another round.
        """
        landing = self.now + timedelta(seconds=seconds) + DRIFT - timedelta(microseconds=2)
        return landing + timedelta(microseconds=-landing.microsecond % 1000)


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(timezone.utc).replace(tzinfo=None)


def instant(text: str) -> datetime:
    """A moment of the plan (ISO 8601 with an offset), in UTC."""
    return datetime.fromisoformat(text).astimezone(timezone.utc)


def iso(moment: datetime) -> str:
    """A moment as the evidence has it: ISO 8601 in UTC, to the microsecond."""
    return moment.astimezone(timezone.utc).isoformat(timespec="microseconds")
