"""Pytest plugin: which suites were run whole, so that what they reach together can be judged.

A suite is a folder of scenarios. Its own conftest.py says what it promises to reach, by a fixture
of the name ``suite_reaches``.
"""

from collections.abc import Sequence
from pathlib import Path

import pytest

TRIED = pytest.StashKey[set[str]]()  # node ids that had their turn
LEFT_OUT = pytest.StashKey[set[Path]]()  # folders of which something was deselected


def pytest_configure(config: pytest.Config) -> None:
    """Nothing has been run yet."""
    config.stash[TRIED], config.stash[LEFT_OUT] = set(), set()


@pytest.fixture(scope="session")
def suite_reaches() -> Sequence[str]:
    """States (harness/checkers/coverage.py) that the scenarios of a suite reach together."""
    return ()


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    """Remember that only a part was asked for, as with ``-k``."""
    for item in items:
        item.config.stash[LEFT_OUT].add(item.path.parent)


def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Remember that it had its turn; one that is skipped has it too."""
    item.config.stash[TRIED].add(item.nodeid)


def is_whole(session: pytest.Session, folder: Path) -> bool:
    """Whether every scenario of the folder had its turn in this session."""
    items = [item for item in session.items if item.path.parent == folder]
    tried, left_out = session.config.stash[TRIED], session.config.stash[LEFT_OUT]
    return (
        folder not in left_out
        and {item.path for item in items} >= set(folder.glob("test_*.py"))
        and all(item.nodeid in tried for item in items)
    )
