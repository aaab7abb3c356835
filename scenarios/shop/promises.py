"""What every scenario of the shop is judged by, and what its broker is known not to keep."""

from typing import Final

import pytest

# Times count from the last heal. They follow from target.toml: a task whose worker vanished
# comes back after the visibility timeout (5 s) and kombu's sweep (1 s); work whose message is
# gone, after two sweeps of the shop's own (2 s each); the rest is the backlog of the outage.
FIRST_SUCCESS_MS_MAX: Final = 8_000
EMPTY_QUEUE_MS_MAX: Final = 20_000

kept = pytest.mark.promises(
    "faults-took-effect",
    "effects-match",
    "no-task-lost",
    "no-unexpected-execution",
    "no-duplicate-execution",
    "nodes-stay-up",
    recovers_within={
        "first_success_ms_max": FIRST_SUCCESS_MS_MAX,
        "empty_queue_ms_max": EMPTY_QUEUE_MS_MAX,
    },
)

POPPED: Final = (
    "kombu's Redis transport takes a message off its queue (BRPOP) before it notes it as "
    "unacknowledged (HSET): what is cut off in between is in no queue any more "
    "(kombu/transport/redis.py, _brpop_read and QoS.append)"
)
NEVER_RECEIVED: Final = "no worker ever received it"
# Not strict: whether a message is in that gap at the moment of the fault is chance.
redis_may_lose_what_it_pops = pytest.mark.known_weakness(
    "no-task-lost", POPPED, covers=NEVER_RECEIVED, strict=False
)
# Strict: the scenario makes sure that a message is in the gap.
redis_loses_what_it_pops = pytest.mark.known_weakness("no-task-lost", POPPED, covers=NEVER_RECEIVED)

# Seen with Celery 5.7.0 and kombu 5.7.0 in about one cut of three.
ENDS_ITSELF: Final = (
    "a worker whose connection is cut may end itself: kombu closes its channel, wants to restore "
    "unacknowledged messages on a connection whose address it has forgotten already, and Celery "
    "takes the AttributeError for unrecoverable (kombu/transport/redis.py, _connparams)"
)
worker_may_end_itself = pytest.mark.known_weakness(
    "nodes-stay-up", ENDS_ITSELF, covers="worker exited with code 1", strict=False
)
