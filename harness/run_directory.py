"""The directory that a run leaves behind: ``reports/<suite>/<UTC time>/``."""

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import tomli_w

from harness.errors import CrucibleError

REPORTS = Path("reports")


@dataclass(frozen=True, slots=True)
class RunDirectory:
    """The paths of one run's files."""

    path: Path

    @property
    def history(self) -> Path:
        return self.path / "history.jsonl"

    @property
    def verdict(self) -> Path:
        return self.path / "verdict.json"

    @property
    def report(self) -> Path:
        return self.path / "report.html"

    @property
    def junit(self) -> Path:
        return self.path / "junit.xml"

    @property
    def settings(self) -> Path:
        return self.path / "run.toml"

    @property
    def nodes(self) -> Path:
        return self.path / "nodes"

    def write_settings(self, settings: Mapping[str, Any]) -> None:
        """Write ``run.toml``: enough to run it again."""
        self.settings.write_text(tomli_w.dumps(settings), encoding="utf-8")


def create(suite: str, reports: Path = REPORTS) -> RunDirectory:
    """A new run directory, and ``reports/latest`` pointing at it.

    Raises:
        CrucibleError: it cannot be written (no disk, no permission).
    """
    try:
        path = _new_directory((reports / suite).resolve())
        (path / "nodes").mkdir()
        _point_latest(reports.resolve() / "latest", path)
    except OSError as error:
        raise CrucibleError(
            f"Cannot write a run directory below {reports}: {error.strerror}.",
            hint="Free some disk space, or name another directory with --reports.",
        ) from error
    return RunDirectory(path)


def _new_directory(suite: Path) -> Path:
    suite.mkdir(parents=True, exist_ok=True)
    while True:
        # Microseconds: two runs may begin in the same second, and neither must wait.
        path = suite / datetime.now(UTC).strftime("%Y-%m-%dT%H-%M-%S-%fZ")
        with contextlib.suppress(FileExistsError):
            path.mkdir()
            return path


def _point_latest(latest: Path, path: Path) -> None:
    new = latest.with_name(f".latest-{os.getpid()}-{path.name}")
    new.symlink_to(os.path.relpath(path, latest.parent))
    new.replace(latest)
