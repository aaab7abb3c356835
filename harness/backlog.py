"""Samples the broker's queues, past every link, so that backlog and quiet can be judged."""

import threading
import time
from collections.abc import Iterable
from typing import Any, Final

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from harness.event import SAMPLE
from harness.node import Address
from harness.recorder import Recorder

INTERVAL_SECONDS: Final = 0.1
UNACKED: Final = "(unacked)"  # kombu keeps one hash for all queues of a database
# kombu's Redis transport keeps one list for each priority step: name, then \x06\x16 and the step
# (kombu/transport/redis.py, `sep` and `PRIORITY_STEPS`).
PRIORITY_SUFFIXES: Final = ("", "\x06\x163", "\x06\x166", "\x06\x169")


class Backlog:
    """A thread that writes a ``sample`` event per queue, ten times a second."""

    def __init__(self, broker: Address, queues: Iterable[str], recorder: Recorder) -> None:
        self.queues = tuple(queues)
        #: When the broker was last seen to hold nothing at all (monotonic ns), 0 for never.
        self.last_empty = 0
        self._recorder = recorder
        # No retries, which would sleep for seconds: the next sample is the next try.
        once = Retry(NoBackoff(), 0)
        self._client = redis.Redis(*broker, socket_timeout=1.0, retry=once)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="backlog", daemon=True)

    def start(self) -> None:
        """Begin to sample."""
        self._thread.start()

    def stop(self) -> None:
        """Stop sampling."""
        self._stopping.set()
        self._thread.join()
        self._client.close()

    def depths(self) -> tuple[dict[str, int], int]:
        """Messages ready by queue, and unacknowledged ones of all queues, at one instant.

        Raises:
            redis.RedisError: the broker does not answer.
        """
        steps = len(PRIORITY_SUFFIXES)
        pipeline: Any = self._client.pipeline(transaction=True)  # one instant, not several
        for queue in self.queues:
            for suffix in PRIORITY_SUFFIXES:
                pipeline.llen(queue + suffix)
        pipeline.hlen("unacked")
        *lengths, unacked = pipeline.execute()
        depths = [sum(lengths[i : i + steps]) for i in range(0, len(lengths), steps)]
        return dict(zip(self.queues, depths, strict=True)), unacked

    def _run(self) -> None:
        while not self._stopping.wait(INTERVAL_SECONDS):
            self._sample()

    def _sample(self) -> None:
        asked = time.monotonic_ns()
        try:
            ready, unacked = self.depths()
        except redis.RedisError:
            return  # the broker is down: there is nothing to sample
        if unacked == 0 and not any(ready.values()):
            self.last_empty = asked
        for queue, depth in ready.items():
            self._recorder.record(SAMPLE, queue, detail={"ready": depth, "unacked": 0})
        self._recorder.record(SAMPLE, UNACKED, detail={"ready": 0, "unacked": unacked})
