"""What the shop brought about: read once, from the database and from the outside world's ledgers.

Only facts, each as often as it exists; what should be there is for others to judge.
"""

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import requests
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Count

from myapp.models import (
    Alert,
    ImportedRow,
    ImportJob,
    Notification,
    Order,
    Product,
    Report,
    User,
)
from myapp.services import mail

CONTROL_TIMEOUT_SECONDS = 10


class Effect(NamedTuple):
    effect: str
    key: str
    amount: int


def all_effects() -> Iterator[Effect]:
    """Every effect there is. Raises requests.RequestException if a ledger cannot be read."""
    yield from database_effects()
    yield from mail_effects(ledger("SMTP_CONTROL_URL"))
    yield from crm_effects(ledger("CRM_CONTROL_URL"))
    yield from gateway_effects(ledger("GATEWAY_CONTROL_URL"))


def database_effects() -> Iterator[Effect]:
    for username in User.objects.values_list("username", flat=True):
        yield Effect("user-registered", username, 1)
    for sku, stock in Product.objects.values_list("sku", "stock"):
        yield Effect("stock", sku, stock)
    for reference, status in Order.objects.values_list("reference_number", "status"):
        yield Effect("order-placed", reference, 1)
        if status in (Order.COMPLETED, Order.DECLINED):
            yield Effect(f"order-{status}", reference, 1)
    for kind, model in (("report", Report), ("import", ImportJob)):
        ended = model.objects.exclude(status__in=model.UNFINISHED)
        for reference, status in ended.values_list("reference", "status"):
            yield Effect(f"{kind}-{status}", reference, 1)
    rows = ImportedRow.objects.values_list("job__reference").annotate(Count("id"))
    yield from (Effect("imported-rows", *row) for row in rows.order_by("job_id"))
    told = Notification.objects.filter(status=Notification.DELIVERED)
    yield from _counted("notification", told.values_list("user__username", flat=True))
    yield from _counted("alert", Alert.objects.values_list("channel", flat=True))


def mail_effects(entries: list[dict[str, Any]]) -> Iterator[Effect]:
    """``mail:<kind>`` by recipient: how many the mailbox holds."""
    delivered = (entry for entry in entries if entry["delivered"])
    by_kind = Counter((mail.kind_of(e["subject"]), e["recipient"]) for e in delivered)
    for (kind, recipient), amount in by_kind.items():
        yield Effect(f"mail:{kind}", recipient, amount)


def crm_effects(entries: list[dict[str, Any]]) -> Iterator[Effect]:
    """``crm-record`` by user id, and ``crm-contact`` by the email the record holds, if any."""
    records = [entry for entry in entries if entry["status"] == "recorded"]
    yield from _counted("crm-record", (str(entry["user_id"]) for entry in records))
    data = (entry["data"] for entry in records if isinstance(entry["data"], dict))
    yield from _counted("crm-contact", (fields["email"] for fields in data if "email" in fields))


def gateway_effects(entries: list[dict[str, Any]]) -> Iterator[Effect]:
    """``charge`` (how many) and ``charged-cents`` (their sum) by order reference."""
    charges: Counter[str] = Counter()
    cents: Counter[str] = Counter()
    for entry in entries:
        if entry["status"] == "charged":
            charges[entry["order_reference"]] += 1
            cents[entry["order_reference"]] += entry["amount"]
    yield from (Effect("charge", *item) for item in charges.items())
    yield from (Effect("charged-cents", *item) for item in cents.items())


def ledger(variable: str) -> list[dict[str, Any]]:
    """The entries of the server whose control address the variable holds."""
    url = os.environ.get(variable)
    if not url:
        # Printing nothing would say that nothing happened.
        raise ImproperlyConfigured(f"{variable} is not set: where is the server's control port?")
    response = requests.get(f"{url.rstrip('/')}/ledger", timeout=CONTROL_TIMEOUT_SECONDS)
    response.raise_for_status()
    return response.json()["entries"]


def _counted(kind: str, keys: Any) -> Iterator[Effect]:
    yield from (Effect(kind, key, amount) for key, amount in Counter(keys).items())
