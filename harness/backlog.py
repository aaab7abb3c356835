"""Samples the broker's queues, past every link, so that backlog and quiet can be judged."""

import threading
import time
from collections.abc import Mapping
from typing import Final

from harness.brokers.broker import BROKER, BrokerSilentError, Depth, Gauge
from harness.event import REDELIVERY_BLOCKED, SAMPLE
from harness.recorder import Recorder

INTERVAL_SECONDS: Final = 0.1
#: What lies in a queue for so long is not being worked off: nobody is connected, for example.
STILL_NS: Final = 1_000_000_000


class Backlog:
    """A thread that writes a ``sample`` event per queue, ten times a second."""

    def __init__(self, gauge: Gauge, recorder: Recorder) -> None:
        #: When the broker was last seen to hold nothing at all (monotonic ns), 0 for never.
        self.last_empty = 0
        #: When work last stopped lying still, or the broker being away (monotonic ns).
        self.moves_since = 0
        #: How many messages nobody had acknowledged when it was last sampled.
        self.unacked = 0
        #: For how long nothing can be redelivered, as it was last sampled.
        self.blocked_ms = 0
        self._gauge = gauge
        self._recorder = recorder
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="backlog", daemon=True)

    def start(self) -> None:
        """Begin to sample."""
        self._thread.start()

    def stop(self) -> None:
        """Stop sampling."""
        self._stopping.set()
        self._thread.join()
        self._gauge.close()

    def at_rest(self, since: int) -> bool:
        """Whether it is empty, and no work has lain still or begun to move again since then.

        Not only whether it was seen empty since: a sweep of the target's own, which will find work,
        may wait in its queue all the while.
        """
        still = time.monotonic_ns() - self.last_empty > STILL_NS
        return not still and self.moves_since < since

    def depths(self) -> Mapping[str, Depth]:
        """Asks the broker now.

        Raises:
            BrokerSilentError: it does not answer.
        """
        return self._gauge.depths()

    def _run(self) -> None:
        while not self._stopping.wait(INTERVAL_SECONDS):
            self._sample()

    def _sample(self) -> None:
        asked = time.monotonic_ns()
        try:
            depths, blocked = self.depths(), self._gauge.redelivery_blocked_ms()
        except BrokerSilentError:
            return  # the broker is down: there is nothing to sample
        if not any(map(sum, depths.values())):
            if asked - self.last_empty > STILL_NS:
                self.moves_since = asked
            self.last_empty = asked
        self.unacked = sum(depth.unacked for depth in depths.values())
        for queue, depth in depths.items():
            detail = {"ready": depth.ready, "unacked": depth.unacked}
            self._recorder.record(SAMPLE, queue, detail=detail)
        if bool(blocked) != bool(self.blocked_ms):  # told when it begins, and when it ends
            self._recorder.record(REDELIVERY_BLOCKED, BROKER, detail={"left_ms": blocked})
        self.blocked_ms = blocked
