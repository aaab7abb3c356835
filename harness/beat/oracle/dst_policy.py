"""What a wall-clock time means on the two days a year on which it does not exist, or comes twice.

No policy is right for everybody, so it is stated and can be chosen:

``cron``       as Debian's cron (cron(8)), the default. A job at a fixed time that is skipped runs
               right after the gap, one that comes twice runs the first time only. A job whose
               minute or hour begins with a star goes by real time: it has nothing to make up for
               in a skipped hour and runs in both repeated ones.
``wall``       by the wall clock alone: what it does not show does not run, what it shows twice
               runs twice.
``icalendar``  as RFC 5545, 3.3.5: a time that is skipped is taken by the offset before the gap
               (02:30 becomes 03:30), one that comes twice means the first. Each time of the wall
               clock counts once. It is what Celery's own crontab amounts to.
"""

import heapq
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from cronsim import CronSim

MARGIN = timedelta(days=1)  # a wall clock is never further from UTC
MINUTE = timedelta(minutes=1)


class DstPolicy(StrEnum):
    """How skipped and repeated times are read."""

    CRON = "cron"
    WALL = "wall"
    ICALENDAR = "icalendar"


def nominal(
    text: str, zone: ZoneInfo, start: datetime, policy: DstPolicy
) -> Iterator[tuple[datetime, datetime]]:
    """From before ``start`` on: (an instant in UTC, the date and time that the crontab names).

    The second is naive, in ``zone``; the first follows from it by the policy. In the order of the
    instants, which may repeat. The calendar is cronsim's; it is asked without a zone, so that the
    policy alone decides about changes of clocks (its own way with them misses 03:00 on the day on
    which Lord Howe puts its clocks forward by half an hour).
    """
    by_star = any(field.startswith("*") for field in text.split()[:2])
    if policy is DstPolicy.CRON and by_star:
        policy = DstPolicy.WALL
    waiting: list[tuple[datetime, datetime]] = []
    for wall in CronSim(text, start.astimezone(zone).replace(tzinfo=None) - MARGIN):
        for instant in _instants(wall, zone, policy):
            heapq.heappush(waiting, (instant, wall))
        settled = wall.replace(tzinfo=UTC) - 2 * MARGIN
        while waiting and waiting[0][0] < settled:
            yield heapq.heappop(waiting)
    yield from sorted(waiting)


def _instants(wall: datetime, zone: ZoneInfo, policy: DstPolicy) -> list[datetime]:
    first = wall.replace(tzinfo=zone).astimezone(UTC)
    second = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if first == second:
        return [first]
    if first < second:  # shown twice
        return [first, second] if policy is DstPolicy.WALL else [first]
    if policy is DstPolicy.ICALENDAR:
        return [first]  # never shown: read by the offset before the gap
    return [] if policy is DstPolicy.WALL else [_end_of_gap(wall, zone)]


def _end_of_gap(wall: datetime, zone: ZoneInfo) -> datetime:
    while True:
        wall += MINUTE
        instant = wall.replace(tzinfo=zone).astimezone(UTC)
        if instant.astimezone(zone).replace(tzinfo=None) == wall:
            return instant
