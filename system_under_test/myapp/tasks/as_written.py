"""The tasks as the tutorial has them. Its mistakes are kept on purpose: do not mend them here."""

import logging
import time
from datetime import timedelta

import requests
from celery import shared_task
from celery.exceptions import MaxRetriesExceededError
from django.conf import settings
from django.core.mail import send_mail
from django.utils import timezone

from myapp.models import (
    Alert,
    ImportedRow,
    ImportJob,
    Notification,
    Order,
    OrderItem,
    Report,
    Session,
    User,
)
from myapp.services import (
    CustomerRecords,
    InventoryService,
    PaymentGateway,
    ReportGenerator,
    mail,
    read_rows,
)

__all__ = (
    "check_pending_orders",
    "cleanup_expired_sessions",
    "generate_report",
    "handle_import_failure",
    "import_data",
    "process_order",
    "send_alert",
    "send_digest_email",
    "send_notification",
    "send_weekly_digest",
    "send_welcome_email",
    "sync_inventory",
    "sync_to_external_service",
)

logger = logging.getLogger(__name__)


@shared_task(name="myapp.tasks.send_welcome_email")
def send_welcome_email(user_email, username):
    _send(mail.welcome(username), user_email)
    logger.info("welcomed %s", user_email)
    return {"status": "sent", "recipient": user_email}


@shared_task(name="myapp.tasks.process_order")
def process_order(order_id):
    try:
        order = Order.objects.select_related("customer").get(id=order_id)
        if order.status != "pending":
            logger.warning("order %s is %s: skipped", order_id, order.status)
            return {"status": "skipped", "reason": "not pending"}
        order.status = "processing"
        order.save(update_fields=["status"])
        for item in OrderItem.objects.filter(order=order):
            InventoryService.reserve(item.product_id, item.quantity)
        payment = PaymentGateway.charge(
            customer_id=order.customer.payment_id,
            amount=order.total,
            order_reference=order.reference_number,
        )
        order.status = "completed"
        order.payment_id = payment.id
        order.save(update_fields=["status", "payment_id"])
        logger.info("order %s completed", order_id)
        return {"status": "completed", "order_id": order_id}
    except Order.DoesNotExist:
        logger.error("there is no order %s", order_id)
        return {"status": "error", "reason": "order not found"}


@shared_task(
    name="myapp.tasks.sync_to_external_service",
    bind=True,
    autoretry_for=(requests.RequestException,),
    retry_backoff=True,
    retry_backoff_max=settings.RETRY_BACKOFF_MAX,
    retry_jitter=True,
    max_retries=5,
)
def sync_to_external_service(self, user_id, data):
    external_id = CustomerRecords.create(user_id, data)
    return {"synced": True, "external_id": external_id}


@shared_task(name="myapp.tasks.generate_report", bind=True, max_retries=3)
def generate_report(self, report_id):
    try:
        report = Report.objects.get(id=report_id)
        report.status = "generating"
        report.save(update_fields=["status"])
        result = ReportGenerator.create(report)
        report.status = "completed"
        report.file_path = result.path
        report.save(update_fields=["status", "file_path"])
        return {"status": "completed", "path": result.path}
    except ReportGenerator.ResourceError as exc:
        countdown = settings.REPORT_RETRY_SECONDS * 2**self.request.retries
        logger.warning("report %s failed, again in %s s: %s", report_id, countdown, exc)
        try:
            raise self.retry(exc=exc, countdown=countdown)
        except MaxRetriesExceededError:
            report.status = "failed"
            report.error_message = str(exc)
            report.save(update_fields=["status", "error_message"])
            raise
    except Report.DoesNotExist:
        logger.error("there is no report %s", report_id)
        return {"status": "error", "reason": "not found"}


@shared_task(name="myapp.tasks.handle_import_failure")
def handle_import_failure(request, exc, traceback, job_id):
    job = ImportJob.objects.get(id=job_id)
    job.status = "failed"
    job.error_message = str(exc)
    job.save(update_fields=["status", "error_message"])
    send_notification.delay(user_id=job.user_id, message=f"Your import failed: {exc}")


@shared_task(name="myapp.tasks.import_data", bind=True, max_retries=3)
def import_data(self, job_id, file_path):
    job = ImportJob.objects.get(id=job_id)
    job.status = "processing"
    job.save(update_fields=["status"])
    for row in read_rows(file_path):
        ImportedRow.objects.create(
            job=job, line=row.line, sku=row.sku, name=row.name, price=row.price
        )
        time.sleep(settings.IMPORT_ROW_SECONDS)
    job.status = "completed"
    job.save(update_fields=["status"])
    send_notification.delay(user_id=job.user_id, message="Your import is complete")


@shared_task(name="myapp.tasks.send_notification")
def send_notification(user_id, message):
    Notification.objects.create(user_id=user_id, message=message, status=Notification.DELIVERED)
    return {"status": "delivered", "user_id": user_id}


@shared_task(name="myapp.tasks.send_alert")
def send_alert(channel, message):
    Alert.objects.create(channel=channel, message=message)
    logger.warning("%s: %s", channel, message)
    return {"status": "sent", "channel": channel}


@shared_task(name="myapp.tasks.check_pending_orders")
def check_pending_orders():
    cutoff = timezone.now() - timedelta(hours=1)
    count = Order.objects.filter(status="pending", created_at__lt=cutoff).count()
    if count > 0:
        send_alert.delay(channel="#operations", message=f"{count} orders stuck in pending state")
    return {"stuck_count": count}


@shared_task(name="myapp.tasks.cleanup_expired_sessions")
def cleanup_expired_sessions():
    cutoff = timezone.now() - timedelta(days=30)
    deleted, _ = Session.objects.filter(last_activity__lt=cutoff).delete()
    return {"deleted_count": deleted}


@shared_task(name="myapp.tasks.send_weekly_digest")
def send_weekly_digest():
    users = User.objects.filter(is_active=True, email_preferences__weekly_digest=True)
    for user in users:
        send_digest_email.delay(user.id)
    return {"queued_count": users.count()}


@shared_task(name="myapp.tasks.send_digest_email")
def send_digest_email(user_id):
    user = User.objects.get(id=user_id)
    week = timezone.now() - timedelta(days=7)
    orders = Order.objects.filter(customer=user, created_at__gte=week).count()
    _send(mail.digest(user.username, orders), user.email)
    return {"status": "sent", "recipient": user.email}


@shared_task(name="myapp.tasks.sync_inventory")
def sync_inventory():
    return {"products": len(InventoryService.take_snapshot().levels)}


def _send(letter, recipient):
    send_mail(
        subject=letter.subject,
        message=letter.body,
        from_email=settings.DEFAULT_FROM_EMAIL,
        recipient_list=[recipient],
        fail_silently=False,
    )
