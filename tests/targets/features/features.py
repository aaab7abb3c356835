"""A Celery project with one task for each promise that a task can make."""

import json
import os
import sys
import time

from celery import Celery, chain, chord, group
from celery.exceptions import Ignore, Reject, SoftTimeLimitExceeded

BROKER = os.environ.get("CELERY_BROKER_URL", "redis://")
LEDGER = os.environ.get("FEATURES_LEDGER", os.devnull)  # one line for each delivery

app = Celery("features", broker=BROKER, backend=BROKER)
app.conf.update(
    worker_prefetch_multiplier=1,
    task_routes={"features.urgent": {"queue": "high"}},
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
def urgent():
    return "now"


@app.task(acks_late=True, reject_on_worker_lost=True, bind=True)
def deliver(self, key, seconds=0):
    """Delivers once, however often it runs: a redelivery finds what was delivered."""
    time.sleep(0 if self.request.delivery_info["redelivered"] else seconds)
    if key not in delivered():
        with open(LEDGER, "a") as ledger:
            ledger.write(key + "\n")


@app.task(acks_late=True)
def late(seconds):
    time.sleep(seconds)


@app.task
def early(seconds):
    time.sleep(seconds)


@app.task(
    autoretry_for=(ConnectionError,),
    retry_backoff=1,
    retry_backoff_max=2,
    retry_jitter=True,
    max_retries=3,
)
def exhaust():
    raise ConnectionError("as asked")


@app.task(bind=True, max_retries=3)
def recover(self, times):
    if self.request.retries < times:
        raise self.retry(exc=ConnectionError("not yet"), countdown=0.5)
    return times


@app.task(soft_time_limit=1, time_limit=30)
def clean_up():
    try:
        time.sleep(60)
    except SoftTimeLimitExceeded:
        return "cleaned"


@app.task(time_limit=1)
def overrun():
    time.sleep(60)


@app.task(acks_late=True, acks_on_timeout=False, time_limit=1, bind=True)
def overrun_once(self):
    if not self.request.delivery_info["redelivered"]:
        time.sleep(60)


@app.task
def fail():
    raise ValueError("as asked")


@app.task
def give(present):
    """Enqueued with a link."""
    return present


@app.task
def fail_aloud():
    """Enqueued with an errback that takes the error, and a link."""
    raise ValueError("as asked")


@app.task
def fail_quietly():
    """Enqueued with an errback of the old kind."""
    raise ValueError("as asked")


@app.task
def shrug():
    raise Ignore


@app.task(bind=True, acks_late=True)
def refuse(self, requeue):
    if not self.request.delivery_info["redelivered"]:
        raise Reject("as asked", requeue=requeue)


@app.task
def thank(result):
    return result


@app.task
def mourn(request, exc, traceback):
    return str(exc)


@app.task
def bury(id):
    return id


@app.task
def total(numbers):
    return sum(numbers)


@app.task
def in_a_row():
    chain(add.s(1, 2), add.s(3), add.s(4)).apply_async()


@app.task
def side_by_side():
    group(add.s(1, 1), add.s(2, 2), add.s(3, 3)).apply_async()


@app.task
def together():
    chord([add.s(1, 1), add.s(2, 2)], total.s()).apply_async()


@app.task
def broken_off():
    chain(fail.si(), total.s()).apply_async()


def delivered():
    if not os.path.isfile(LEDGER):
        return []
    with open(LEDGER) as ledger:
        return ledger.read().split()


if __name__ == "__main__":
    for key in set(delivered()):
        amount = delivered().count(key)
        sys.stdout.write(json.dumps({"effect": "delivery", "key": key, "amount": amount}) + "\n")
