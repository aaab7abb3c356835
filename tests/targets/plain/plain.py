"""A Celery project as small as they come."""

import os
import time

from celery import Celery, chord
from celery.exceptions import Ignore, Reject

BROKER = os.environ.get("CELERY_BROKER_URL", "")

app = Celery("plain")
app.conf.update(
    result_backend=BROKER if BROKER.startswith("redis:") else None,
    task_acks_late=True,
    worker_prefetch_multiplier=1,
    task_ignore_result="PLAIN_RESULTS" not in os.environ,
    beat_schedule={"tick": {"task": "plain.tick", "schedule": 1.0}},
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "visibility_timeout": 3,
        "unacked_restore_interval": 1,
        "unacked_restore_throttle": 1,
        "unacked_mutex_expire": 2,
    },
)


@app.task
def add(left, right):
    return left + right


@app.task
def nap(seconds):
    time.sleep(seconds)


@app.task
def hoard(megabytes):
    return len(bytearray(megabytes * 1_000_000))


@app.task
def read(path):
    with open(path, "rb") as file:
        return len(file.read())


@app.task
def tick():
    pass


@app.task
def query(statement):
    import psycopg

    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute(statement)


@app.task
def explode():
    raise ValueError("as asked")


@app.task(bind=True, max_retries=2)
def stumble(self, times):
    if self.request.retries < times:
        raise self.retry(countdown=0.1)


@app.task
def shrug():
    raise Ignore


@app.task(bind=True)
def refuse(self, requeue):
    if not self.request.delivery_info["redelivered"]:
        raise Reject("as asked", requeue=requeue)


@app.task
def mourn(request, exc, traceback):
    """An errback that takes the error: it is called inside the worker."""


@app.task(ignore_result=False)
def keep(value):
    return value


@app.task(ignore_result=False)
def total(numbers):
    return sum(numbers)


@app.task
def gather(count):
    chord(keep.s(number) for number in range(count))(total.s())
