"""Feeds Locust's table from the history: request types enqueue, wait, run, result and total.

Rows come from the control server in batches and are added as a master adds what its workers
report, so the cost does not grow with the rate. Of these only ``total`` counts in the aggregate:
its rate is tasks a second, its percentiles are what a person waits for.
"""

import logging
import time
from typing import Any, Final

import gevent
from gevent.lock import RLock
from locust import stats
from locust.env import Environment
from locust.stats import StatsEntry, StatsError

from load.generator.control import Control, ControlError

PERIOD_SECONDS: Final = 0.5
IN_AGGREGATE: Final = "total"
log = logging.getLogger(__name__)


class TableFeed:
    """A greenlet of the master, or of the only process."""

    def __init__(self, control: Control, environment: Environment) -> None:
        self._control = control
        self._stats = environment.stats
        self._arrived = 0
        self._feeding = RLock()  # two at once would fetch the same batch, and add it twice

    def run(self) -> None:
        """Feed for ever."""
        while True:
            gevent.sleep(PERIOD_SECONDS)
            self.feed()

    def feed(self) -> None:
        """Fetch what is new and add it."""
        with self._feeding:
            try:
                batch = self._control.ask("GET", f"/table?arrived={self._arrived}")
            except ControlError as error:
                log.warning("The table is not fed: %s", error)
                return
            self._arrived = batch["last"]
            for row in batch["rows"]:
                self._add(row)

    def _add(self, row: dict[str, Any]) -> None:
        entry = self._entry(row)
        self._stats.entries[(row["task"], row["stage"])].extend(entry)
        if row["stage"] == IN_AGGREGATE:
            self._stats.total.extend(entry)
        for text, occurrences in row["errors"].items():
            key = StatsError.create_key(row["stage"], row["task"], text)
            error = self._stats.errors.get(key)
            if error is None:
                error = self._stats.errors[key] = StatsError(row["stage"], row["task"], text)
            for _ in range(occurrences):
                error.occurred()

    def _entry(self, row: dict[str, Any]) -> StatsEntry:
        entry = StatsEntry(self._stats, row["task"], row["stage"])
        entry.num_requests = row["count"]
        entry.num_failures = row["failures"]
        entry.total_response_time = row["total_ms"]
        entry.min_response_time, entry.max_response_time = row["min_ms"], row["max_ms"]
        for ms, count in row["times_ms"]:
            entry.response_times[stats.bucket_response_time(ms)] += count
        entry.num_reqs_per_sec.update(dict(row["by_second"]))
        entry.num_fail_per_sec.update(dict(row["failures_by_second"]))
        entry.start_time = self._stats.total.start_time
        entry.last_request_timestamp = time.time()
        return entry
