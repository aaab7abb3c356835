"""A recorder of its own for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.recorder import Recorder


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    """A recorder that writes to the test's own directory."""
    recorder = Recorder(tmp_path / "history.jsonl").start()
    yield recorder
    recorder.close()
