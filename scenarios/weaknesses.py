"""What brokers are known not to keep, whoever uses them: declared once, for every suite."""

from typing import Final

import pytest

REDIS: Final = "redis"
RABBITMQ: Final = "rabbitmq"

POPPED: Final = (
    "kombu's Redis transport takes a message off its queue (BRPOP) before it notes it as "
    "unacknowledged (HSET): what is cut off in between is in no queue any more "
    "(kombu/transport/redis.py, _brpop_read and QoS.append)"
)
NEVER_RECEIVED: Final = "never finished: no worker ever received"  # it, or its retry
# Not strict: whether a message is in that gap at the moment of the fault is chance.
redis_may_lose_what_it_pops = pytest.mark.known_weakness(
    "no-task-lost", POPPED, covers=NEVER_RECEIVED, strict=False, broker=REDIS
)
# Strict: the scenario makes sure that a message is in the gap.
redis_loses_what_it_pops = pytest.mark.known_weakness(
    "no-task-lost", POPPED, covers=NEVER_RECEIVED, broker=REDIS
)
