"""When clocks are changed in the zones that the schedules name: near these nothing is cut short."""

import os
from datetime import datetime, timedelta
from typing import Any, Iterable, Iterator
from zoneinfo import ZoneInfo

STEP = timedelta(hours=6)
EXACT = timedelta(minutes=1)


def zone_name(zone: Any = None) -> str:
    """The name of a zone; of this process's own if there is none, or it has no name."""
    for name in (str(zone), os.environ.get("TZ", "")):
        try:
            return ZoneInfo(name).key
        except (KeyError, ValueError, OSError):
            continue
    return "UTC"


def clock_changes(zones: Iterable[str], start: datetime, end: datetime) -> Iterator[datetime]:
    """Every change in any of the zones, to the minute."""
    for name in sorted(set(zones)):
        zone = ZoneInfo(name)
        moment = start
        while moment < end:
            after = moment + STEP
            if _offset(moment, zone) != _offset(after, zone):
                yield _between(moment, after, zone)
            moment = after


def _between(before: datetime, after: datetime, zone: Any) -> datetime:
    while after - before > EXACT:
        middle = before + (after - before) / 2
        if _offset(middle, zone) == _offset(before, zone):
            before = middle
        else:
            after = middle
    return after


def _offset(moment: datetime, zone: Any) -> Any:
    return moment.astimezone(zone).utcoffset()
