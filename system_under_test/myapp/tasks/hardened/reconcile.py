"""The sweep: whatever was accepted, is unfinished and has fallen due is enqueued again."""

from datetime import UTC, datetime, timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from myapp.models import CrmSync, ImportJob, Mail, Notification, Order, Report, Work
from myapp.publishing import enqueue

SWEPT = (Order, Mail, CrmSync, Report, ImportJob, Notification)

# After a great loss the sweep must help the workers, not flood them with what they have.
BATCH = 100


@shared_task(name="myapp.tasks.reconcile", bind=True, ignore_result=True)
def reconcile(self):
    """Runs in the queue of the work it sweeps: what waits before it is not taken for lost."""
    asked_at = sent_at(self.request.expires)
    return {kind.__name__: sweep(kind, asked_at) for kind in SWEPT}


def sweep(kind: type[Work], asked_at: datetime) -> int:
    """Enqueue the longest overdue work of this kind; how many the broker took.

    Overdue when the sweep was asked for, not now: what was enqueued since then may well be
    waiting behind it, and enqueueing that again would make a backlog longer the longer it is.
    """
    overdue = kind.unfinished().filter(due_at__lte=asked_at).order_by("due_at")
    swept = 0
    for work in overdue[:BATCH]:
        if not enqueue(work):
            break
        work.attempt()
        swept += 1
    return swept


def sent_at(expires: str | None) -> datetime:
    """When beat sent the sweep: its expiry tells, as nothing else in a message does."""
    if expires is None:
        return timezone.now()
    ends = datetime.fromisoformat(expires)
    aware = ends if ends.tzinfo else ends.replace(tzinfo=UTC)
    return aware - timedelta(seconds=settings.SWEEP_EXPIRES_SECONDS)
