"""A load as a program of its own: nothing here may import Locust, which patches its process."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.history import History, read


@pytest.fixture
def latest(crucible: Any) -> Callable[[], Path]:
    """The newest run directory of the command."""
    return lambda: (crucible.reports / "latest").resolve()


@pytest.fixture
def verdict(latest: Callable[[], Path]) -> Callable[[], dict[str, Any]]:
    """The verdicts of the newest run's only scenario, by guarantee."""

    def read_it() -> dict[str, Any]:
        content = json.loads((latest() / "verdict.json").read_text())
        return {each["guarantee"]: each for each in content["scenarios"][0]["verdicts"]}

    return read_it


@pytest.fixture
def history(latest: Callable[[], Path]) -> Callable[[], History]:
    """The newest run's history."""
    return lambda: read(latest() / "history.jsonl")
