"""Starts a container again that has ended by itself, as its restart policy says."""

import threading
from collections.abc import Callable
from typing import Final

from harness.containers.options import Restart

FIRST_DELAY_SECONDS: Final = 0.1  # doubled each time, as the daemon does
DELAY_SECONDS_MAX: Final = 60.0


class Restarts:
    """``start`` is called, on a thread of its own, when it is time."""

    def __init__(self, policy: Restart | None, start: Callable[[], None]) -> None:
        self.count = 0
        self._policy = policy
        self._start = start
        self._timer: threading.Timer | None = None

    def ended(self, exit_code: int) -> bool:
        """It has ended by itself: whether it will be started again."""
        if self._policy is None or not self._policy.applies(exit_code, self.count):
            return False
        delay = min(FIRST_DELAY_SECONDS * 2**self.count, DELAY_SECONDS_MAX)
        self.count += 1
        self._timer = threading.Timer(delay, self._start)
        self._timer.daemon = True
        self._timer.start()
        return True

    def cancel(self) -> None:
        """Somebody starts, stops or removes it: from now on that counts."""
        self.count = 0
        if self._timer:
            self._timer.cancel()
