"""Redis as a broker, the way kombu uses it."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from harness import readiness
from harness.brokers.broker import BROKER, BrokerSilentError, Depth
from harness.brokers.unacked_mutex import KEY as MUTEX
from harness.brokers.unacked_mutex import UnackedMutex
from harness.node import Address, NodeSpec
from harness.server_node import server_node
from harness.servers.find import Server

UNACKED: Final = "(unacked)"  # kombu keeps one hash for all queues of a database
# kombu's Redis transport keeps one list for each priority step: name, then \x06\x16 and the step
# (kombu/transport/redis.py, `sep` and `PRIORITY_STEPS`).
PRIORITY_SUFFIXES: Final = ("", "\x06\x163", "\x06\x166", "\x06\x169")
UNACKED_KEYS: Final = ("unacked", "unacked_index")
ASK_SECONDS_MAX: Final = 1.0


class Redis:
    """A Redis that keeps nothing on disk."""

    name = "redis"

    def url(self, address: Address) -> str:
        """Its first database."""
        return f"redis://{address}/0"

    def node(
        self, server: Server, address: Address, take_port: Callable[[], int], scratch: Path
    ) -> NodeSpec:
        """One process, ready once it has answered a PING."""
        argv = (
            str(server.path),
            *("--bind", address.host, "--port", str(address.port), "--dir", str(scratch)),
            *("--save", "", "--appendonly", "no"),
        )
        return server_node(BROKER, argv, scratch, address, lambda: readiness.redis(address))

    def purge(self, address: Address, queues: Sequence[str]) -> None:
        """The lists, the messages handed out (a worker that still holds one keeps it), results."""
        client = _client(address)
        try:
            names = [queue + suffix for queue in queues for suffix in PRIORITY_SUFFIXES]
            results = client.scan_iter(match="celery-task*-meta-*", count=1000)
            client.delete(*names, *UNACKED_KEYS, MUTEX, *results)
        except redis.RedisError as error:
            raise BrokerSilentError(str(error)) from error
        finally:
            client.close()

    def gauge(self, spec: NodeSpec, queues: Sequence[str]) -> "RedisGauge":
        """Counts lists; costs one round trip."""
        assert spec.address
        return RedisGauge(spec.address, queues)


class RedisGauge:
    """Unacknowledged messages of all queues are told together, under the name ``UNACKED``."""

    def __init__(self, address: Address, queues: Sequence[str]) -> None:
        self._queues = tuple(queues)
        self._client = _client(address)
        self._mutex = UnackedMutex(self._client)

    def depths(self) -> Mapping[str, Depth]:
        """All at one instant."""
        steps = len(PRIORITY_SUFFIXES)
        pipeline: Any = self._client.pipeline(transaction=True)  # one instant, not several
        for queue in self._queues:
            for suffix in PRIORITY_SUFFIXES:
                pipeline.llen(queue + suffix)
        pipeline.hlen("unacked")
        try:
            *lengths, unacked = pipeline.execute()
        except redis.RedisError as error:
            raise BrokerSilentError(str(error)) from error
        ready = [sum(lengths[i : i + steps]) for i in range(0, len(lengths), steps)]
        depths = {name: Depth(n, 0) for name, n in zip(self._queues, ready, strict=True)}
        return {**depths, UNACKED: Depth(0, unacked)}

    def redelivery_blocked_ms(self) -> int:
        """While a dead worker's mutex has not expired."""
        try:
            return self._mutex.left_ms()
        except redis.RedisError as error:
            raise BrokerSilentError(str(error)) from error

    def close(self) -> None:
        """Close its connections."""
        self._client.close()


def _client(address: Address) -> redis.Redis:
    # No retries, which would sleep for seconds: the next sample is the next try.
    once = Retry(NoBackoff(), 0)
    return redis.Redis(*address, socket_timeout=ASK_SECONDS_MAX, retry=once)
