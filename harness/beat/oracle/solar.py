"""When the sun rises, stands highest and sets at a place, by astral (NOAA's equations).

Celery asks ephem. The two agree within a minute at middle latitudes; near the polar circles, where
the sun moves along the horizon, they part by minutes: so a solar schedule has a tolerance.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final

from astral import Depression, Observer, sun

from harness.beat.oracle.row import Row
from harness.errors import CrucibleError

TOLERANCE_S: Final = 180.0
_Event = Callable[[Observer, date], datetime]


def _twilight(function: Callable[..., datetime], depression: Depression) -> _Event:
    return lambda observer, day: function(observer, day, depression.value, UTC)


EVENTS: Final[dict[str, _Event]] = {
    "sunrise": lambda observer, day: sun.sunrise(observer, day, UTC),
    "sunset": lambda observer, day: sun.sunset(observer, day, UTC),
    "solar_noon": lambda observer, day: sun.noon(observer, day, UTC),
    "dawn_civil": _twilight(sun.dawn, Depression.CIVIL),
    "dawn_nautical": _twilight(sun.dawn, Depression.NAUTICAL),
    "dawn_astronomical": _twilight(sun.dawn, Depression.ASTRONOMICAL),
    "dusk_civil": _twilight(sun.dusk, Depression.CIVIL),
    "dusk_nautical": _twilight(sun.dusk, Depression.NAUTICAL),
    "dusk_astronomical": _twilight(sun.dusk, Depression.ASTRONOMICAL),
}


def solar(row: Row, start: datetime, end: datetime) -> Iterator[datetime]:
    """The row's events after ``start`` and up to ``end``; on some days there is none.

    Raises:
        CrucibleError: there is no such event.
    """
    if row.event not in EVENTS:
        raise CrucibleError(
            f"The schedule {row.schedule!r} waits for {row.event!r}, which is no solar event.",
            hint=f"There are: {', '.join(sorted(EVENTS))}.",
        )
    observer = Observer(row.latitude, row.longitude)
    day = (start - timedelta(days=2)).date()
    least = start
    while day <= (end + timedelta(days=2)).date():
        try:
            instant = EVENTS[row.event](observer, day)
        except ValueError:  # the sun does not reach that elevation on this day
            instant = None
        # Near midnight one event may be told for two days: once is enough.
        if instant is not None and least < instant <= end:
            least = instant + timedelta(hours=1)
            yield instant
        day += timedelta(days=1)
