"""Enqueueing for the hardened shop: quick, and allowed to fail.

What is enqueued is already written in the database, so a broker that is away costs a page half a
second and the work a sweep, never an error.
"""

import logging
import time
from functools import cache, partial, singledispatch

from celery import Task, current_app
from django.conf import settings
from django.db import transaction
from kombu import Connection
from kombu.exceptions import KombuError
from kombu.pools import producers

from myapp.models import Work

logger = logging.getLogger(__name__)

RETRY_ONCE = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}

_resume_at = 0.0  # monotonic seconds: until then the broker is taken to be away


@singledispatch
def enqueue(work: Work) -> bool:
    """Enqueue the task that finishes this work; False if the broker did not take it."""
    raise TypeError(f"no task finishes a {type(work).__name__}")


def enqueue_after_commit(work: Work) -> None:
    transaction.on_commit(partial(enqueue, work), robust=True)


def publish(task: Task, *args: object, **options: object) -> bool:
    """Enqueue a task now; False if the broker did not take it, which is logged."""
    global _resume_at
    if time.monotonic() < _resume_at:
        return False
    try:
        pool = producers[_connection()]
        with pool.acquire(block=True, timeout=settings.PUBLISH_TIMEOUT) as producer:
            # Once more at once, since a pooled connection may have died unnoticed.
            task.apply_async(args, producer=producer, retry_policy=RETRY_ONCE, **options)
    except (KombuError, OSError) as problem:
        # The next pages must not wait for the same broker again.
        _resume_at = time.monotonic() + 2 * settings.PUBLISH_TIMEOUT
        logger.warning("the broker did not take %s: %s", task.name, problem)
        return False
    return True


@cache
def _connection() -> Connection:
    """The broker, with short patience: the key under which kombu pools the real connections."""
    if settings.BROKER_IS_REDIS:
        names = ["socket_connect_timeout", "socket_timeout"]
    else:
        names = ["connect_timeout", "read_timeout", "write_timeout"]
    return current_app.connection_for_write(
        transport_options=dict.fromkeys(names, settings.PUBLISH_TIMEOUT)
    )
