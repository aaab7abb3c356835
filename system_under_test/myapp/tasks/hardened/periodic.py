"""What beat asks for, apart from the digest and the sweep."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from myapp.models import Order, Session
from myapp.publishing import publish
from myapp.services import InventoryService

from .messages import send_alert
from .patience import PatientTask


@shared_task(name="myapp.tasks.check_pending_orders", base=PatientTask, bind=True)
def check_pending_orders(self):
    cutoff = timezone.now() - timedelta(hours=1)
    count = Order.unfinished().filter(created_at__lt=cutoff).count()
    if count:
        message = f"{count} orders unfinished for more than an hour"
        # A redelivery of this check must not alert again.
        publish(send_alert, "#operations", message, f"pending-orders:{self.request.id}")
    return {"stuck_count": count}


@shared_task(name="myapp.tasks.cleanup_expired_sessions", base=PatientTask)
def cleanup_expired_sessions():
    cutoff = timezone.now() - timedelta(days=30)
    deleted, _ = Session.objects.filter(last_activity__lt=cutoff).delete()
    return {"deleted_count": deleted}


@shared_task(name="myapp.tasks.sync_inventory", base=PatientTask)
def sync_inventory():
    return {"products": len(InventoryService.take_snapshot().levels)}
