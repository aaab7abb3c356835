"""Brokers Crucible can run a target on."""

from collections.abc import Mapping
from typing import Final

from harness.brokers.broker import Broker
from harness.brokers.rabbitmq import RabbitMQ
from harness.brokers.redis import Redis

BROKERS: Final[Mapping[str, Broker]] = {broker.name: broker for broker in (Redis(), RabbitMQ())}
