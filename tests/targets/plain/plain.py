"""A Celery project as small as they come."""

import os
import time

from celery import Celery

app = Celery("plain")
app.conf.update(
    task_acks_late=True,
    worker_prefetch_multiplier=1,
    task_ignore_result="PLAIN_RESULTS" not in os.environ,
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "visibility_timeout": 3,
        "unacked_restore_interval": 1,
        "unacked_restore_throttle": 1,
    },
)


@app.task
def add(left, right):
    return left + right


@app.task
def nap(seconds):
    time.sleep(seconds)


@app.task
def explode():
    raise ValueError("as asked")


@app.task(bind=True, max_retries=2)
def stumble(self, times):
    if self.request.retries < times:
        raise self.retry(countdown=0.1)
