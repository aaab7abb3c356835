from collections.abc import Callable
from typing import Any

import pytest

from chaos.faults.database_read_only import DatabaseReadOnly
from harness.event import Event
from harness.session import Session


@pytest.fixture
def session(database_session: Session) -> Session:
    return database_session


def test_it_takes_no_writes(
    session: Session,
    proves: Any,
    query: Callable[[str], str],
    ends: Callable[[str], Event],
    succeeds: Callable[[str], bool],
) -> None:
    write = "CREATE TABLE IF NOT EXISTS written ()"
    with proves(DatabaseReadOnly()) as proof:
        assert proof == "PostgreSQL: cannot execute CREATE TABLE in a read-only transaction"
        assert "in a read-only transaction" in ends(query(write)).detail["exception"]
        assert succeeds(query("SELECT 1"))
    assert succeeds(query(write))
