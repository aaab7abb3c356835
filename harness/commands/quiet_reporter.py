"""A pytest plugin for ``crucible run``: shows progress, keeps the run and collection errors."""

import pytest

from harness.errors import CrucibleError
from harness.plugin import FAILURE, PROGRESS, RUN, SKIPPED
from harness.run import Run
from harness.servers.cache import Progress


class QuietReporter:
    """Given to ``pytest.main``; read after it returned."""

    def __init__(self, progress: Progress) -> None:
        self.errors: list[str] = []
        self._progress = progress
        self._stash = pytest.Stash()

    @property
    def run(self) -> Run | None:
        """The run, unless pytest ended before there was one."""
        return self._stash.get(RUN, None)

    @property
    def failure(self) -> CrucibleError | None:
        """Why the session could not go on."""
        return self._stash.get(FAILURE, None)

    @property
    def skipped(self) -> dict[str, str]:
        """What was not tried, and why."""
        return self._stash.get(SKIPPED, {})

    def pytest_configure(self, config: pytest.Config) -> None:
        """Show progress our way."""
        self._stash = config.stash
        config.stash[PROGRESS] = self._progress

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep what could not be imported."""
        if report.failed:
            self.errors.append(str(report.longrepr))

    def pytest_internalerror(self, excrepr: object) -> None:
        """Keep an error of pytest or of a plugin."""
        self.errors.append(str(excrepr))
