"""The sweep: whatever was accepted, is unfinished and has fallen due is enqueued again."""

from celery import shared_task
from django.utils import timezone

from myapp.models import CrmSync, ImportJob, Mail, Notification, Order, Report, Work
from myapp.publishing import enqueue

SWEPT = (Order, Mail, CrmSync, Report, ImportJob, Notification)

# After a great loss the sweep must help the workers, not flood them with what they have.
BATCH = 100


@shared_task(name="myapp.tasks.reconcile", ignore_result=True)
def reconcile():
    """Runs in the queue of the work it sweeps: what waits before it is not taken for lost."""
    return {kind.__name__: sweep(kind) for kind in SWEPT}


def sweep(kind: type[Work]) -> int:
    """Enqueue the longest overdue work of this kind; how many the broker took."""
    overdue = kind.unfinished().filter(due_at__lte=timezone.now()).order_by("due_at")
    swept = 0
    for work in overdue[:BATCH]:
        if not enqueue(work):
            break
        work.attempt()
        swept += 1
    return swept
