"""What the shop tells people: mail to anyone, notifications to users, alerts to its operators."""

from django.conf import settings
from django.db import models

from .work import Work


class Mail(Work):
    """A mail the hardened shop owes somebody; the key makes it one mail, however often asked.

    ``arguments`` are those of the task that sends this kind of mail.
    """

    SENT, REFUSED = "sent", "refused"

    key = models.CharField(max_length=320, unique=True)
    kind = models.CharField(max_length=20)
    arguments = models.JSONField()


class Notification(Work):
    """A line on a user's dashboard, once it is delivered."""

    DELIVERED = "delivered"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    key = models.CharField(max_length=80, unique=True, null=True)
    message = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)


class Alert(models.Model):
    """Something the operators were told."""

    key = models.CharField(max_length=80, unique=True, null=True)
    channel = models.CharField(max_length=40)
    message = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
