"""Reads the target's schedule rows as plain facts; nothing is interpreted here.

What a row means is for the oracle, which shares no code with Celery, to say.
"""

from datetime import datetime, timedelta
from typing import Any, Dict, Iterator, Optional

from crucible_beat_clock import iso
from crucible_beat_zones import zone_name

CRONTAB = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
SOLAR = ("event", "latitude", "longitude")
Row = Dict[str, Any]


def of_database(app: Any) -> Iterator[Row]:
    """Rows of django-celery-beat: columns as they are stored."""
    from django.conf import settings
    from django_celery_beat.models import PeriodicTask

    # Switched off, every crontab is in the application's zone, whatever its row says.
    aware = getattr(settings, "DJANGO_CELERY_BEAT_TZ_AWARE", True)
    zone = None if aware else zone_name(app.timezone)
    kinds = ("interval", "crontab", "solar", "clocked")
    for task in PeriodicTask.objects.select_related(*kinds).order_by("pk"):
        kind = next((kind for kind in kinds if getattr(task, kind) is not None), "none")
        yield {
            "schedule": task.name,
            "task": task.task,
            "kind": kind,
            **_columns(kind, getattr(task, kind, None), zone),
            "enabled": task.enabled,
            "one_off": task.one_off,
            "start_time": _moment(task.start_time),
            "expires": _moment(task.expires),
            "message": {
                "queue": task.queue,
                "exchange": task.exchange,
                "routing_key": task.routing_key,
                "priority": task.priority,
                "expires": _moment(task.expires),
                "expire_seconds": task.expire_seconds,
            },
            "run_count": task.total_run_count,
            "last_run": _moment(task.last_run_at),
        }


def _columns(kind: str, schedule: Any, zone: Optional[str]) -> Row:
    if kind == "interval":
        return {"seconds": timedelta(**{schedule.period: schedule.every}).total_seconds()}
    if kind == "crontab":
        return {
            **{field: getattr(schedule, field) for field in CRONTAB},
            "zone": zone or str(schedule.timezone),
        }
    if kind == "solar":
        return {
            "event": schedule.event,
            "latitude": float(schedule.latitude),
            "longitude": float(schedule.longitude),
        }
    return {"time": _moment(schedule.clocked_time)} if kind == "clocked" else {}


def of_settings(app: Any) -> Iterator[Row]:
    """Entries of ``beat_schedule``, for schedulers that keep them in a file."""
    for name, entry in app.conf.beat_schedule.items():
        yield {
            "schedule": name,
            "task": entry.get("task"),
            **_entry(app, entry.get("schedule"), bool(entry.get("relative"))),
            "enabled": True,
            "message": _message(entry.get("options") or {}),
        }
    cleans = app.conf.result_expires and not app.backend.supports_autoexpire
    if cleans and "celery.backend_cleanup" not in app.conf.beat_schedule:
        yield _cleanup(app)


def _cleanup(app: Any) -> Row:
    """What beat adds of its own accord (Celery's documentation of ``result_expires``)."""
    fields = dict.fromkeys(CRONTAB, "*")
    fields.update(minute="0", hour="4")
    return {
        "schedule": "celery.backend_cleanup",
        "task": "celery.backend_cleanup",
        "kind": "crontab",
        **fields,
        "zone": zone_name(app.timezone),
        "enabled": True,
    }


def _message(options: Any) -> Row:
    """Options of ``beat_schedule`` that a message carries; kombu's objects by their names."""
    expires = options.get("expires")
    relative = isinstance(expires, (int, float))
    return {
        **{name: _named(options.get(name)) for name in ("queue", "exchange", "routing_key")},
        "priority": options.get("priority"),
        "expires": _moment(expires),
        "expire_seconds": expires if relative else None,
    }


def _named(value: Any) -> Any:
    return getattr(value, "name", value)


def _entry(app: Any, schedule: Any, relative: bool) -> Row:
    if isinstance(schedule, (int, float)):
        schedule = timedelta(seconds=schedule)
    if isinstance(schedule, timedelta):
        return _interval(schedule, relative)
    kind = type(schedule).__name__
    if kind == "schedule":
        return _interval(schedule.run_every, schedule.relative or relative)
    if kind in ("crontab", "TzAwareCrontab") and (kind != "crontab" or schedule.nowfun is None):
        zone = zone_name(getattr(schedule, "tz", app.timezone))
        fields = {field: _field(getattr(schedule, "_orig_" + field)) for field in CRONTAB}
        return {"kind": "crontab", **fields, "zone": zone}
    if kind == "solar":
        place = {"latitude": float(schedule.lat), "longitude": float(schedule.lon)}
        return {"kind": "solar", "event": schedule.event, **place}
    return {"kind": "other", "class": "%s.%s" % (type(schedule).__module__, kind)}


def _interval(every: timedelta, relative: bool) -> Row:
    seconds = every.total_seconds()
    return {"kind": "relative" if relative else "interval", "seconds": seconds}


def _field(value: Any) -> str:
    if isinstance(value, (int, str)):
        return str(value)
    return ",".join(str(number) for number in sorted(value))


def _moment(value: Any) -> Any:
    return iso(value) if isinstance(value, datetime) else None
