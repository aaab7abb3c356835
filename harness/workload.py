"""Operations that arrive by a seeded schedule, whether or not the system keeps up (open loop)."""

import random
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from harness.client.publisher import Enqueue, Publisher
from harness.client.web import WebOperation, perform
from harness.recorder import Recorder

WEB_THREADS: Final = 8

Action = Enqueue | WebOperation


def poisson(rate: float, count: int, rng: random.Random) -> Iterator[float]:
    """``count`` arrival times in seconds from the start, on average ``rate`` a second."""
    at = 0.0
    for _ in range(count):
        at += rng.expovariate(rate)
        yield at


class Workload:
    """Performs actions, each at its time, on threads of its own."""

    def __init__(
        self,
        actions: Sequence[Action],
        arrivals: Sequence[float],
        publisher: Publisher,
        recorder: Recorder,
    ) -> None:
        self._schedule = list(zip(arrivals, actions, strict=True))
        self._publisher = publisher
        self._recorder = recorder
        self._stopping = threading.Event()
        self._pool = ThreadPoolExecutor(WEB_THREADS, thread_name_prefix="web-client")
        self._thread = threading.Thread(target=self._run, name="workload", daemon=True)
        self.failure: Exception | None = None

    @property
    def operations(self) -> int:
        """How many operations it will ask for."""
        return len(self._schedule)

    def start(self) -> None:
        """Begin; the schedule's zero is now."""
        self._thread.start()

    def finish(self) -> None:
        """Wait until every operation was asked for and answered.

        Raises:
            Exception: whatever kept the workload from being performed at all.
        """
        self._thread.join()
        self._pool.shutdown()
        if self.failure:
            raise self.failure

    def stop(self) -> None:
        """Ask for nothing more."""
        self._stopping.set()
        self._thread.join()
        self._pool.shutdown(cancel_futures=True)

    def _run(self) -> None:
        start = time.monotonic()
        try:
            for at, action in self._schedule:
                if self._stopping.wait(max(0.0, start + at - time.monotonic())):
                    return
                self._perform(action)
        except OSError as error:  # the client node is gone
            self.failure = error

    def _perform(self, action: Action) -> None:
        if isinstance(action, Enqueue):
            self._publisher.enqueue(action)
        else:
            self._pool.submit(perform, action, self._recorder)
