"""Tells what the target's own app is set to: how its broker redelivers, and each task's options.

What a task promises (acknowledged late, retried so often, ended after so many seconds) is what its
app says, not what somebody believes; so the checkers' bounds are made of this.
"""

from json import dumps
from typing import Any

from celery.backends.base import DisabledBackend
from crucible_probe import record

# kombu's Redis transport, where its options are not set (kombu/transport/redis.py; before 5.7 the
# last two were no options).
VISIBILITY_TIMEOUT = 3600
RESTORE_INTERVAL = 10
RESTORE_THROTTLE = 10

TASK_OPTIONS = (
    "acks_late",
    "acks_on_timeout",  # of Celery 5.7; before, the next one tells
    "acks_on_failure_or_timeout",
    "reject_on_worker_lost",
    "max_retries",
    "time_limit",
    "soft_time_limit",
    "ignore_result",
)


def record_settings(app: Any) -> None:
    """One event for the app, one for each task of the target's own."""
    record("app-settings", app.main or "", "", dumps(_of_app(app)))
    for name in sorted(app.tasks):
        if not name.startswith("celery."):
            record("task-settings", name, "", dumps(_of_task(app, app.tasks[name])))


def _of_app(app: Any) -> Any:
    conf = app.conf
    settings = {
        "prefetch_multiplier": conf.worker_prefetch_multiplier,
        "redelivery": None,  # as soon as the broker notices that a connection is gone
        "results": _results(app.backend),
    }
    with app.connection_for_read() as connection:
        if connection.transport.driver_type == "redis":
            settings["redelivery"] = _of_redis(connection)
    return settings


def _results(backend: Any) -> Any:
    """What keeps results where others may read them; None if nothing does."""
    modules = [cls.__module__ for cls in type(backend).__mro__]
    if isinstance(backend, DisabledBackend) or "celery.backends.rpc" in modules:
        return None  # what rpc:// keeps is only for the process that asked
    rows = "django_celery_results.backends.database" in modules
    return "django-celery-results" if rows else "backend"


def _of_redis(connection: Any) -> Any:
    """Seconds until a message that nobody acknowledges is visible, and between two sweeps."""
    options = dict(connection.transport_options or {})
    channel = connection.transport.Channel
    names = ("unacked_restore_interval", "unacked_restore_throttle")
    interval, throttle = RESTORE_INTERVAL, RESTORE_THROTTLE
    if all(hasattr(channel, name) for name in names):  # else this kombu does not know them
        interval, throttle = (options.get(name) or getattr(channel, name) for name in names)
    visible = options.get("visibility_timeout", getattr(channel, "visibility_timeout", None))
    return {
        "visibility_timeout_s": VISIBILITY_TIMEOUT if visible is None else visible,
        "sweep_s": interval * throttle,
    }


def _of_task(app: Any, task: Any) -> Any:
    settings = {name: _plain(getattr(task, name, None)) for name in TASK_OPTIONS}
    conf = app.conf
    for name in ("time_limit", "soft_time_limit"):
        if settings[name] is None:
            settings[name] = _plain(getattr(conf, "task_" + name, None))
    return settings


def _plain(value: Any) -> Any:
    """The value if JSON has it; its name if it has not."""
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)
