"""The target's own application and rows, made ready for the time travelled to."""

import sys
from typing import Any, Dict

from celery.app.utils import find_app
from crucible_beat_clock import instant


def application(plan: Dict[str, Any]) -> Any:
    """The target's application, as ``celery beat -A`` loads it, in the plan's zone."""
    app = find_app(plan["app"])
    app.set_default()
    app.loader.import_default_modules()
    app.conf.task_always_eager = False  # beat sends; what runs, and when, is decided here
    if plan.get("zone"):
        _settle_in(app, plan["zone"])
    app.finalize()
    return app


def _settle_in(app: Any, zone: str) -> None:
    app.conf.timezone = zone
    app.__dict__.pop("timezone", None)  # cached, if anybody has asked
    if "django_celery_beat" in sys.modules:
        from django.conf import settings

        setattr(settings, "%s_TIMEZONE" % (app.namespace or "CELERY"), zone)


def arrive(plan: Dict[str, Any]) -> None:
    """Prepare rows that are younger than the time travelled to, and connections that stay open.

    A row changed or run "in the future" would not be due for months; it counts as new. Django
    closes its connection before each question otherwise, which takes longer than the question.
    """
    from django.db import connection
    from django_celery_beat.models import PeriodicTask, PeriodicTasks

    connection.settings_dict["CONN_MAX_AGE"] = None
    start = instant(plan["from"])
    if not plan.get("resume"):
        PeriodicTask.objects.filter(last_run_at__gt=start).update(last_run_at=None)
        PeriodicTask.objects.filter(date_changed__gt=start).update(date_changed=start)
        PeriodicTasks.objects.all().delete()


def in_a_file(app: Any, plan: Dict[str, Any]) -> bool:
    """Whether the schedule is read from settings, not from rows."""
    from celery.utils.imports import symbol_by_name

    chosen = symbol_by_name(plan.get("scheduler") or app.conf.beat_scheduler)
    return not hasattr(chosen, "Changes")
