"""A small Celery project without Django, for any released Celery from 5.2 and Python from 3.9."""

import os
import threading
import time
from pathlib import Path

from celery import Celery, chain, chord, group

LEDGER = Path(os.environ.get("RELEASED_LEDGER", "ledger"))
BROKER = os.environ.get("CELERY_BROKER_URL", "redis://localhost:6379/0")
ON_REDIS = BROKER.startswith("redis:")

app = Celery("released", broker=BROKER, backend=BROKER if ON_REDIS else f"file://{LEDGER.parent}")
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    task_routes={"released.hurry": {"queue": "urgent"}},
    worker_prefetch_multiplier=1,
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "visibility_timeout": 4,  # longer than any of its tasks
        # Before kombu 5.7 these are no options, and its sweep comes every 100 s.
        "unacked_restore_interval": 1,
        "unacked_restore_throttle": 1,
        "unacked_mutex_expire": 2,
    }
    if ON_REDIS
    else {},
    # Seconds, of AMQP only. A worker that starts sends none for some seconds.
    broker_heartbeat=float(os.environ.get("RELEASED_HEARTBEAT", "120")),
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


# Failures.


@app.task
def explode():
    raise ValueError("as asked")


class StrangeError(Exception):
    """It cannot be pickled."""

    def __init__(self, code, reason):
        super().__init__("as asked")
        self.lock = threading.Lock()


@app.task
def burst():
    raise StrangeError(1, "as asked")


@app.task(soft_time_limit=1, time_limit=2)
def overrun(seconds):
    for _ in range(2):  # it does not heed the soft limit
        try:
            time.sleep(seconds)
        except Exception:
            continue


@app.task(acks_on_failure_or_timeout=False, time_limit=1)
def overrun_once(key):
    """Given back at its limit, and done the second time."""
    if not begun_before(key):
        time.sleep(3)
    note(key)


# Tasks that set off others.


@app.task(bind=True, max_retries=3)
def persist(self, key):
    """Retried, it is still what it was asked for as: with its header."""
    if not self.request.retries:
        raise self.retry(countdown=0.2)
    if getattr(self.request, "released", None) == key:
        note(key)


@app.task
def insist(key):
    persist.apply_async((key,), headers={"released": key})


@app.task
def regret(key):
    note(key)


@app.task
def bungle(key):
    explode.apply_async(link_error=regret.si(key))


@app.task(bind=True)
def become(self, key):
    raise self.replace(chain(step.si(key, 0), step.si(key, 1)))


@app.task
def inherit(key):
    """What is replaced by a chain hands its callback on, once."""
    become.apply_async((key,), link=finish.si(key))


@app.task
def step(key, number):
    time.sleep(0.05)


@app.task
def finish(key):
    note(key)


@app.task
def assemble(key):
    """Two chains, of which the first ends with a group."""
    first = chain(step.si(key, 0), group(step.si(key, 1), step.si(key, 2)))
    (first | chain(step.si(key, 3), finish.si(key))).apply_async()


@app.task(ignore_result=False)
def part(number):
    """Run again, it tells something else: when it was."""
    time.sleep(0.1)
    return [number, time.time_ns()]


@app.task(ignore_result=False)
def total(parts, key, wanted):
    if sorted(number for number, _ in parts) == list(range(wanted)):
        note(key)


@app.task
def gather(key, wanted):
    chord([part.s(number) for number in range(wanted)])(total.s(key, wanted))


def note(key):
    """Once for each key, however often."""
    LEDGER.mkdir(parents=True, exist_ok=True)
    (LEDGER / key).touch()


def begun_before(key):
    """Whether this was asked before."""
    begun = LEDGER.parent / "begun"
    begun.mkdir(parents=True, exist_ok=True)
    try:
        (begun / key).touch(exist_ok=False)
    except FileExistsError:
        return True
    return False
