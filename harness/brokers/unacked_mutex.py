"""Whether kombu's mutex around its sweep of unacknowledged messages was left locked.

A worker holds it for a millisecond. One that is killed meanwhile leaves it until it expires
(``unacked_mutex_expire``, 300 s unless set; kombu/transport/redis.py, ``restore_visible`` and
``Mutex``), and until then no worker takes back what a dead one held.
"""

from typing import Any, Final

import redis

KEY: Final = "unacked_mutex"


class UnackedMutex:
    """Remembers who held it: one who still does when it is asked again does not let go."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client
        self._holder: bytes | None = None

    def left_ms(self) -> int:
        """How long it stays with whoever held it when last asked; 0: it is in nobody's hands.

        Raises:
            redis.RedisError: the broker does not answer.
        """
        pipeline: Any = self._client.pipeline(transaction=True)
        holder, left = pipeline.get(KEY).pttl(KEY).execute()
        before, self._holder = self._holder, holder
        return max(left, 0) if holder and holder == before else 0
