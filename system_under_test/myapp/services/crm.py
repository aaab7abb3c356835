"""The CRM, as the shop sees it."""

from typing import Any

import requests
from django.conf import settings


class CustomerRecords:
    @staticmethod
    def create(user_id: int, data: dict[str, Any], idempotency_key: str | None = None) -> str:
        """Make a record, and return its id in the CRM. With a key, asking again is safe.

        Raises requests.RequestException.
        """
        response = requests.post(
            f"{settings.CRM_URL}/users",
            json={"user_id": user_id, "data": data},
            headers={"Idempotency-Key": idempotency_key} if idempotency_key else {},
            timeout=settings.HTTP_TIMEOUT,
        )
        response.raise_for_status()
        return response.json()["id"]
