"""People: users, their sessions, and what the CRM is to be told about them."""

from django.contrib.auth.models import AbstractUser
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from .work import Work, new_reference


def new_payment_id() -> str:
    return f"cus_{new_reference()[:16]}"


def default_preferences() -> dict[str, bool]:
    return {"weekly_digest": True}


class User(AbstractUser):
    """A customer: known to the payment gateway by ``payment_id``."""

    email = models.EmailField(unique=True)
    payment_id = models.CharField(max_length=40, default=new_payment_id)
    email_preferences = models.JSONField(default=default_preferences)


class Session(AbstractBaseSession):
    """A visitor's session, with the time it was last written."""

    last_activity = models.DateTimeField(auto_now=True, db_index=True)

    @classmethod
    def get_session_store_class(cls):
        from myapp.sessions import SessionStore

        return SessionStore


class CrmSync(Work):
    """Data about a user on its way to the CRM. ``user_id`` may name a user the shop has not."""

    SENT, REFUSED = "sent", "refused"

    key = models.CharField(max_length=80, unique=True, default=new_reference)
    user_id = models.BigIntegerField()
    data = models.JSONField()
    external_id = models.CharField(max_length=40, blank=True)
