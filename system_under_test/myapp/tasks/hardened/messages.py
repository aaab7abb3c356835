"""Notifications for users and alerts for operators, each once."""

import logging

from celery import shared_task

from myapp.models import Alert, Notification, new_reference
from myapp.publishing import enqueue, publish

from .patience import PatientTask

logger = logging.getLogger(__name__)


@shared_task(name="myapp.tasks.send_notification", base=PatientTask, bind=True)
def send_notification(self, user_id, message, key=None):
    """Without a key the notification is known by its task's id, which a redelivery keeps."""
    owed, _ = Notification.objects.get_or_create(
        key=key or f"task:{self.request.id or new_reference()}",
        defaults={"user_id": user_id, "message": message},
    )
    owed.finish(Notification.DELIVERED)
    return {"status": "delivered", "user_id": user_id}


@shared_task(name="myapp.tasks.send_alert", base=PatientTask, bind=True)
def send_alert(self, channel, message, key=None):
    _, first = Alert.objects.get_or_create(
        key=key or f"task:{self.request.id or new_reference()}",
        defaults={"channel": channel, "message": message},
    )
    if first:
        logger.warning("%s: %s", channel, message)
    return {"status": "sent", "channel": channel}


@enqueue.register
def _(owed: Notification) -> bool:
    return publish(send_notification, owed.user_id, owed.message, owed.key)
