"""pytest-celery's fixtures over a plain system with results, started once for all these tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness import run_directory
from harness.pytest_celery.fixtures import *  # noqa: F403
from harness.servers import install
from harness.session import Session, opened
from harness.stack import StackSettings
from harness.target import load

TARGET = Path(__file__).parents[2] / "targets" / "plain" / "with_results.toml"


@pytest.fixture(scope="session")
def crucible_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """The stack, in place of the one of a run."""
    servers = install.ensure(["redis", "toxiproxy"])
    directory = run_directory.create("tests", tmp_path_factory.mktemp("reports"))
    with opened(StackSettings(load(TARGET)), servers, directory) as session:
        yield session
