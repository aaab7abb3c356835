"""A small Celery project without Django, for any released Celery from 5.2 and Python from 3.9."""

import os
import time
from pathlib import Path

from celery import Celery

LEDGER = Path(os.environ.get("RELEASED_LEDGER", "ledger"))

app = Celery("released", broker="redis://localhost:6379/0")
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    task_routes={"released.hurry": {"queue": "urgent"}},
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "visibility_timeout": 2,
        # Before kombu 5.7 these are no options, and its sweep comes every 100 s.
        "unacked_restore_interval": 1,
        "unacked_restore_throttle": 1,
        "unacked_mutex_expire": 2,
    }
    if os.environ.get("CELERY_BROKER_URL", "redis:").startswith("redis:")
    else {},
)


@app.task
def work(key, seconds):
    time.sleep(seconds)
    note(key)


@app.task
def hurry(key):
    note(key)


@app.task(acks_late=False)
def careless(key, seconds):
    time.sleep(seconds)
    note(key)


@app.task(bind=True, max_retries=3)
def stumble(self, key, times):
    if self.request.retries < times:
        raise self.retry(countdown=0.2)
    note(key)


@app.task
def explode():
    raise ValueError("as asked")


@app.task(soft_time_limit=1, time_limit=2)
def overrun(seconds):
    for _ in range(2):  # it does not heed the soft limit
        try:
            time.sleep(seconds)
        except Exception:
            continue


def note(key):
    """Once for each key, however often."""
    LEDGER.mkdir(parents=True, exist_ok=True)
    (LEDGER / key).touch()
