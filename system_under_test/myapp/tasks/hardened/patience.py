"""How the hardened tasks wait for what is away."""

import sys
from typing import Any

from celery import Task
from celery.utils.time import get_exponential_backoff_interval
from django.conf import settings
from myproject.failures import DATABASE_AWAY


class PatientTask(Task):
    """A task that waits for the database however long it is away or takes no writes.

    Without the database the task could not even note that it is owed; the message is then all
    there is, and must not be used up.
    """

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return self.run(*args, **kwargs)
        except DATABASE_AWAY as problem:
            countdown = get_exponential_backoff_interval(
                1, self.request.retries, settings.RETRY_BACKOFF_MAX, full_jitter=True
            )
            raise self.retry(exc=problem, countdown=countdown, max_retries=sys.maxsize) from problem


def patient(*passing: type[Exception]) -> dict[str, Any]:
    """Options of a task that retries these exceptions five times; then the sweep goes on."""
    return {
        "base": PatientTask,
        "autoretry_for": passing,
        "retry_backoff": True,
        "retry_backoff_max": settings.RETRY_BACKOFF_MAX,
        "retry_jitter": True,
        "max_retries": 5,
    }
