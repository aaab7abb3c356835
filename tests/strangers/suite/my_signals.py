"""Signal handlers that live in the worker."""

from celery.signals import worker_process_init


@worker_process_init.connect
def heard(sender=None, **kwargs):
    print("worker_process_init was heard", flush=True)
