"""A pytest plugin for ``crucible run``: shows progress, keeps the run and collection errors."""

import pytest

from harness.plugin import PROGRESS, RUN
from harness.run import Run
from harness.servers.cache import Progress


class QuietReporter:
    """Given to ``pytest.main``; read after it returned."""

    def __init__(self, progress: Progress) -> None:
        self.run: Run | None = None
        self.errors: list[str] = []
        self._progress = progress

    def pytest_configure(self, config: pytest.Config) -> None:
        """Show progress our way."""
        config.stash[PROGRESS] = self._progress

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep what could not be imported."""
        if report.failed:
            self.errors.append(str(report.longrepr))

    def pytest_internalerror(self, excrepr: object) -> None:
        """Keep an error of pytest or of a plugin."""
        self.errors.append(str(excrepr))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Keep the run."""
        self.run = session.config.stash.get(RUN, None)
