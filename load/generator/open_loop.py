"""A user whose operations arrive by a schedule, whether or not those before have ended.

Time counts from the moment an operation is due. One that is late is begun as soon as possible; one
that could not be begun is recorded as missed. Nothing is left out silently.
"""

import time
from typing import ClassVar, Final

from gevent.pool import Pool
from locust import User, task

from load.generator.arrivals import Arrivals
from load.generator.generator import Generator

NS_PER_S: Final = 1_000_000_000
STOP_SECONDS_MAX: Final = 10.0  # for what is under way when the user is stopped


class OpenLoopUser(User):
    """Performs one operation for each arrival, ``rate`` a second, on greenlets of its own."""

    abstract = True
    generator: ClassVar[Generator]  # this process's; set when Locust has started
    rate: ClassVar[float] = 1.0  # arrivals a second of one user
    arrivals: ClassVar[str] = "poisson"  # or "constant"
    kind: ClassVar[str] = "enqueue"
    in_flight_max: ClassVar[int] = 0  # operations under way at once; 0: they take no time

    def on_start(self) -> None:
        """Set up the schedule; its zero is now."""
        self.number, self.rng = self.generator.next_user()
        self._pool = Pool(self.in_flight_max or None)
        now = time.monotonic_ns()
        self._schedule = Arrivals(self.arrivals, self.rate, now, self.number, self.rng)

    def wait_time(self) -> float:
        """Seconds until the next arrival."""
        return max(0.0, (self._schedule.due - time.monotonic_ns()) / NS_PER_S)

    @property
    def is_behind(self) -> bool:
        """Whether the next arrival is due already."""
        return self._schedule.due <= time.monotonic_ns()

    @task
    def arrive(self) -> None:
        """Begin everything that is due."""
        while self.is_behind:
            self._begin(self._schedule.advance())

    def perform(self, due: int) -> None:
        """One operation, which was due at ``due`` (monotonic ns)."""
        raise NotImplementedError

    def on_stop(self) -> None:
        """What was due by now and not begun is missed; what is under way may end."""
        now = time.monotonic_ns()
        while self._schedule.due <= now:
            self._miss(self._schedule.advance(), "the load ended first")
        self._pool.join(STOP_SECONDS_MAX)
        self._pool.kill()

    def _begin(self, due: int) -> None:
        if not self.in_flight_max:
            self.perform(due)
        elif self._pool.full():
            self._miss(due, f"{self.in_flight_max} of this user's operations were under way")
        else:
            self._pool.spawn(self.perform, due)

    def _miss(self, due: int, why: str) -> None:
        name = type(self).__name__
        self.generator.miss(name, due, why, self.kind)
