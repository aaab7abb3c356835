"""Puts messages straight into a queue, past Celery: those that Celery itself would never send."""

from collections.abc import Mapping
from typing import Any

import kombu

from harness.brokers import BROKERS
from harness.brokers.broker import BROKER
from harness.session import Session


def put(
    session: Session,
    queue: str,
    body: bytes,
    *,
    content_type: str = "application/json",
    headers: Mapping[str, Any] | None = None,
) -> None:
    """Publish to the queue, past every link."""
    broker = BROKERS[session.stack.settings.target.broker]
    typed: Any = kombu  # which declares nothing
    with typed.Connection(broker.url(session.stack.address(BROKER))) as connection:
        typed.Producer(connection).publish(
            body,
            routing_key=queue,  # of the default exchange, which leads to the queue of that name
            content_type=content_type,
            content_encoding="utf-8",
            headers=dict(headers or {}),
        )
