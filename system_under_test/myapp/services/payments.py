"""The payment gateway, as the shop sees it."""

from dataclasses import dataclass
from decimal import Decimal

import requests
from django.conf import settings


class PaymentDeclinedError(Exception):
    """The gateway refused the charge for good."""


@dataclass(frozen=True)
class Payment:
    id: str


class PaymentGateway:
    @staticmethod
    def charge(
        customer_id: str, amount: Decimal, order_reference: str, idempotency_key: str | None = None
    ) -> Payment:
        """Charge the amount. With a key, asking again is safe: the gateway charges once.

        Raises PaymentDeclinedError, or requests.RequestException where nobody knows what happened.
        """
        response = requests.post(
            f"{settings.GATEWAY_URL}/charges",
            json={
                "customer_id": customer_id,
                "amount": int(amount * 100),  # cents
                "order_reference": order_reference,
            },
            headers={"Idempotency-Key": idempotency_key} if idempotency_key else {},
            timeout=settings.HTTP_TIMEOUT,
        )
        if response.status_code == requests.codes.payment_required:
            raise PaymentDeclinedError("the payment was declined")
        response.raise_for_status()
        return Payment(id=response.json()["id"])
