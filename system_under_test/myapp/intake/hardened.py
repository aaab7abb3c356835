"""The careful way: what is accepted is one transaction, and is enqueued after its commit.

A reference names one piece of work: sent twice, the second answer is the first one's.
"""

from django.core.exceptions import PermissionDenied
from django.db import transaction

from myapp.models import CrmSync, ImportJob, Order, OrderItem, Report
from myapp.publishing import enqueue_after_commit
from myapp.tasks.hardened.mail import owe_welcome

from .lines import items, total


@transaction.atomic
def register(form):
    user = form.save()
    enqueue_after_commit(owe_welcome(user.email, user.username))
    sync_profile(user)
    return user


@transaction.atomic
def sync_profile(user):
    data = {"username": user.username, "email": user.email}
    enqueue_after_commit(CrmSync.objects.create(user_id=user.id, data=data))


@transaction.atomic
def place_order(user, lines, reference):
    order, created = Order.objects.get_or_create(
        reference_number=reference, defaults={"customer": user, "total": total(lines)}
    )
    if created:
        OrderItem.objects.bulk_create(items(order, lines))
        enqueue_after_commit(order)
    return _own(order, order.customer_id, user)


@transaction.atomic
def request_report(user, pages, reference):
    report, created = Report.objects.get_or_create(
        reference=reference, defaults={"user": user, "pages": pages}
    )
    if created:
        enqueue_after_commit(report)
    return _own(report, report.user_id, user)


@transaction.atomic
def start_import(user, file, reference):
    job, created = ImportJob.objects.get_or_create(
        reference=reference, defaults={"user": user, "file": file}
    )
    if created:
        enqueue_after_commit(job)
    return _own(job, job.user_id, user)


def _own(work, owner_id, user):
    """The work, unless it is somebody else's reference that was sent."""
    if owner_id != user.id:
        raise PermissionDenied
    return work
