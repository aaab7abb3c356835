"""What brokers are known not to keep, whoever uses them: declared once, for every suite."""

from typing import Final

import pytest

from harness.event import DISCONNECTED, NODE_EXITED

REDIS: Final = "redis"
RABBITMQ: Final = "rabbitmq"

POPPED: Final = (
    "kombu's Redis transport takes a message off its queue (BRPOP) before it notes it as "
    "unacknowledged (HSET): what is cut off in between is in no queue any more "
    "(kombu/transport/redis.py, _brpop_read and QoS.append)"
)
NEVER_RECEIVED: Final = "never finished: no worker ever received"  # it, or its retry
# One connection pops one message at a time, so that it loses no more than one when it ends.
ENDS_OF_CONNECTIONS: Final = (DISCONNECTED, NODE_EXITED)
# Not strict: whether a message is in that gap at the moment of the fault is chance.
redis_may_lose_what_it_pops = pytest.mark.known_weakness(
    "no-task-lost",
    POPPED,
    covers=NEVER_RECEIVED,
    one_per=ENDS_OF_CONNECTIONS,
    strict=False,
    broker=REDIS,
)
# Strict: the scenario makes sure that a message is in the gap.
redis_loses_what_it_pops = pytest.mark.known_weakness(
    "no-task-lost", POPPED, covers=NEVER_RECEIVED, one_per=ENDS_OF_CONNECTIONS, broker=REDIS
)

# Measured after eight restarts of the broker: 37 descriptors became 53 (kombu 5.7.0, redis-py
# 8.1.0), 35 became 59 (kombu 5.6.2 and 5.5.4, redis-py 6.4.0 and 5.2.1).
KEPT_OPEN: Final = (
    "a worker's main process keeps some sockets, in CLOSE_WAIT, each time that its broker was "
    "away, and a garbage collection frees none of them (Celery 5.5.3 to 5.7.0)"
)
# Not strict: how many a cut leaves is chance.
redis_worker_keeps_sockets = pytest.mark.known_weakness(
    "resources-return", KEPT_OPEN, covers="descriptors after, and held", strict=False, broker=REDIS
)
