"""Mail: one row and one Message-ID for each mail that is owed."""

import logging
from datetime import timedelta
from smtplib import SMTPRecipientsRefused, SMTPResponseException

from celery import shared_task
from django.db import transaction
from django.utils import timezone

from myapp.models import Mail, Order, User
from myapp.publishing import enqueue, publish
from myapp.services import mail

from .patience import patient

logger = logging.getLogger(__name__)


@shared_task(name="myapp.tasks.send_welcome_email", **patient(OSError))
def send_welcome_email(user_email, username):
    owed = owe_welcome(user_email, username)
    return deliver(owed, mail.welcome(username), user_email)


@shared_task(name="myapp.tasks.send_digest_email", **patient(OSError))
def send_digest_email(user_id, week=None):
    user = User.objects.get(id=user_id)
    since = timezone.now() - timedelta(days=7)
    orders = Order.objects.filter(customer=user, created_at__gte=since).count()
    owed = owe_digest(user, week or this_week())
    return deliver(owed, mail.digest(user.username, orders), user.email)


@shared_task(name="myapp.tasks.send_weekly_digest", **patient())
def send_weekly_digest():
    users = User.objects.filter(is_active=True, email_preferences__weekly_digest=True)
    with transaction.atomic():
        owed = [owe_digest(user, this_week()) for user in users.order_by("id")]
    for message in owed:
        enqueue(message)
    return {"queued_count": len(owed)}


def owe_welcome(email: str, username: str) -> Mail:
    return _owe("welcome", email, [email, username])


def owe_digest(user: User, week: str) -> Mail:
    return _owe("digest", f"{user.id}:{week}", [user.id, week])


def _owe(kind: str, name: str, arguments: list) -> Mail:
    """The row of this mail, made at the first asking."""
    fields = {"kind": kind, "arguments": arguments}
    return Mail.objects.get_or_create(key=f"{kind}:{name}", defaults=fields)[0]


def deliver(owed: Mail, letter: mail.Letter, recipient: str) -> dict[str, str]:
    """Send it unless it was sent. Raises OSError while the server cannot be had."""
    if not owed.attempt():
        return {"status": "skipped", "recipient": recipient}
    try:
        mail.send(owed.key, letter, recipient)
    except (SMTPRecipientsRefused, SMTPResponseException) as problem:
        if not refused_for_good(problem):
            raise
        logger.error("mail to %s refused: %s", recipient, problem)
        owed.finish(Mail.REFUSED)
        return {"status": Mail.REFUSED, "recipient": recipient}
    owed.finish(Mail.SENT)
    return {"status": Mail.SENT, "recipient": recipient}


def refused_for_good(problem: SMTPRecipientsRefused | SMTPResponseException) -> bool:
    """Whether the server's answer was a 5xx: asking again will not help."""
    if isinstance(problem, SMTPResponseException):
        return 500 <= problem.smtp_code < 600
    return all(500 <= code < 600 for code, _ in problem.recipients.values())


def this_week() -> str:
    return timezone.now().strftime("%G-W%V")


@enqueue.register
def _(owed: Mail) -> bool:
    task = {"welcome": send_welcome_email, "digest": send_digest_email}[owed.kind]
    return publish(task, *owed.arguments)
