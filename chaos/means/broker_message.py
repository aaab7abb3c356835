"""Puts messages straight into a queue, past Celery: those that Celery itself would never send.

Each has an id of its own, by which it can be taken out again while no worker has it.
"""

from collections.abc import Mapping
from typing import Any

import kombu

from chaos.means import redis_server
from chaos.need import REDIS
from harness.brokers import BROKERS
from harness.brokers.broker import BROKER
from harness.brokers.redis import PRIORITY_SUFFIXES
from harness.session import Session


def put(
    session: Session,
    queue: str,
    body: bytes,
    id_: str,
    *,
    content_type: str = "application/json",
    headers: Mapping[str, Any] | None = None,
) -> None:
    """Publish to the queue, past every link."""
    with _connected(session) as connection:
        connection.Producer().publish(
            body,
            routing_key=queue,  # of the default exchange, which leads to the queue of that name
            content_type=content_type,
            content_encoding="utf-8",
            headers=dict(headers or {}),
            message_id=id_,
        )


def take_out(session: Session, queue: str, id_: str) -> bool:
    """Take the message out of the queue; whether it was there, in no worker's hands."""
    from_queue = _from_redis if REDIS.met(session.stack.settings) else _from_rabbitmq
    return from_queue(session, queue, id_)


def _from_redis(session: Session, queue: str, id_: str) -> bool:
    with redis_server.broker(session) as client:
        lists = [queue + suffix for suffix in PRIORITY_SUFFIXES]
        items = [(each, item) for each in lists for item in client.lrange(each, 0, -1)]
        # Somebody may have taken it in the meantime: Redis tells.
        return any(client.lrem(each, 0, item) for each, item in items if id_ in item)


def _from_rabbitmq(session: Session, queue: str, id_: str) -> bool:
    """All before it are fetched too; these go back to their places when the channel closes."""
    with _connected(session) as connection, connection.channel() as channel:
        while message := channel.basic_get(queue):
            if message.properties.get("message_id") == id_:
                channel.basic_ack(message.delivery_tag)
                return True
    return False


def _connected(session: Session) -> Any:
    broker = BROKERS[session.stack.settings.target.broker]
    typed: Any = kombu  # which declares nothing
    return typed.Connection(broker.url(session.stack.address(BROKER)))
