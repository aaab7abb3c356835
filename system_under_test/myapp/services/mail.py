"""The words of the shop's mails, and sending one that may be sent again."""

from dataclasses import dataclass
from hashlib import sha256

from django.conf import settings
from django.core.mail import EmailMessage


@dataclass(frozen=True)
class Letter:
    subject: str
    body: str


# A mail's kind is known by how its subject begins.
KINDS = {"welcome": "Welcome to the shop", "digest": "Your week at the shop"}


def welcome(username: str) -> Letter:
    return Letter(
        subject=f"{KINDS['welcome']}, {username}!",
        body=f"Hello {username},\n\nit is good to have you with us.\n\nThe shop\n",
    )


def digest(username: str, orders: int) -> Letter:
    return Letter(
        subject=f"{KINDS['digest']}, {username}",
        body=f"Hello {username},\n\nyou placed {orders} orders last week.\n\nThe shop\n",
    )


def kind_of(subject: str) -> str:
    """The kind of the mail with this subject."""
    kinds = (kind for kind, beginning in KINDS.items() if subject.startswith(beginning))
    return next(kinds, "other")


def send(key: str, letter: Letter, recipient: str) -> None:
    """Send the letter under a Message-ID made of the key, so that a mailbox keeps it once.

    Raises smtplib.SMTPException or OSError.
    """
    message_id = f"<{sha256(key.encode()).hexdigest()[:32]}@shop.example>"
    EmailMessage(
        subject=letter.subject,
        body=letter.body,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[recipient],
        headers={"Message-ID": message_id},
    ).send()
