"""A schedule as the target stores it, read from the evidence of the driver."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from harness.errors import CrucibleError

INTERVAL: Final = "interval"
CRONTAB: Final = "crontab"
SOLAR: Final = "solar"
CLOCKED: Final = "clocked"
GONE: Final = "gone"  # the row was deleted
JUDGED: Final = frozenset({INTERVAL, CRONTAB, SOLAR, CLOCKED})


@dataclass(frozen=True, slots=True)
class Cron:
    """The five fields, in Celery's notation."""

    minute: str = "*"
    hour: str = "*"
    day_of_month: str = "*"
    month_of_year: str = "*"
    day_of_week: str = "*"

    def __str__(self) -> str:
        fields = (self.minute, self.hour, self.day_of_month, self.month_of_year, self.day_of_week)
        return " ".join(fields)


@dataclass(frozen=True, slots=True)
class Row:
    """One schedule. Only the fields of its kind mean anything."""

    schedule: str  # its name
    kind: str
    task: str = ""
    zone: str = "UTC"
    cron: Cron = Cron()
    seconds: float = 0.0  # of an interval
    event: str = ""  # of a solar schedule, with the place
    latitude: float = 0.0
    longitude: float = 0.0
    time: datetime | None = None  # of a clocked schedule
    enabled: bool = True
    one_off: bool = False
    start_time: datetime | None = None
    expires: datetime | None = None
    runs: int = 0  # how often it had run when it was read
    last_run: datetime | None = None
    switched_on: bool = False  # somebody has just enabled it again: it is as if new

    def zone_info(self) -> ZoneInfo:
        """Its time zone.

        Raises:
            CrucibleError: there is no such zone.
        """
        return zone_info(self.zone, f"the schedule {self.schedule!r}")

    def __str__(self) -> str:
        if self.kind == CRONTAB:
            return f"crontab {self.cron} in {self.zone}"
        if self.kind == INTERVAL:
            return f"every {self.seconds:g} s"
        if self.kind == SOLAR:
            return f"{self.event} at {self.latitude:g}, {self.longitude:g}"
        return f"clocked {self.time}" if self.kind == CLOCKED else self.kind


def zone_info(name: str, whose: str) -> ZoneInfo:
    """A time zone by its IANA name; ``whose`` names it in the error."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise CrucibleError(
            f"There is no time zone {name!r}, which {whose} names.",
            hint="Use a name of the IANA database, such as Europe/Berlin or UTC.",
        ) from error


def read(detail: Mapping[str, Any]) -> Row:
    """The row that a ``schedule`` event tells of."""
    return Row(
        schedule=detail["schedule"],
        kind=detail["kind"],
        task=detail.get("task") or "",
        zone=detail.get("zone") or "UTC",
        cron=Cron(**{name: detail.get(name, "*") for name in Cron.__dataclass_fields__}),
        seconds=float(detail.get("seconds") or 0),
        event=detail.get("event") or "",
        latitude=float(detail.get("latitude") or 0),
        longitude=float(detail.get("longitude") or 0),
        time=_moment(detail.get("time")),
        enabled=detail.get("enabled", True),
        one_off=detail.get("one_off", False),
        start_time=_moment(detail.get("start_time")),
        expires=_moment(detail.get("expires")),
        runs=detail.get("run_count") or 0,
        last_run=_moment(detail.get("last_run")),
        switched_on=detail.get("switched_on", False),
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
