"""Tasks of a stranger's project."""

import os
import signal
import sys
import time

from celery import shared_task


@shared_task
def nap(seconds, mark=""):
    print(f"nap begins {mark}", flush=True)
    time.sleep(seconds)
    print(f"nap ends {mark}", flush=True)
    return mark or True


@shared_task
def environment(name):
    return os.environ.get(name)


@shared_task
def whereabouts():
    import socket

    return {"directory": os.getcwd(), "host": socket.gethostname(), "file": __file__}


@shared_task
def resolve(name):
    import socket

    return socket.gethostbyname(name)


@shared_task
def read(path):
    with open(path) as file:
        return file.read()


@shared_task
def write(path, text):
    with open(path, "w") as file:
        file.write(text)


@shared_task
def kill_own_process():
    os.kill(os.getpid(), signal.SIGKILL)


@shared_task
def leave_own_process():
    sys.exit(1)


@shared_task(time_limit=2)
def overstay():
    time.sleep(60)


@shared_task(soft_time_limit=1, time_limit=30)
def outstay_softly():
    time.sleep(60)


@shared_task(bind=True, acks_late=True, reject_on_worker_lost=True)
def survive(self, seconds):
    time.sleep(seconds)
    return self.request.delivery_info.get("redelivered")
