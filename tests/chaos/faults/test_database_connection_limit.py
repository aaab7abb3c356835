from collections.abc import Callable
from typing import Any

import pytest

from chaos.faults.database_connection_limit import DatabaseConnectionLimit
from harness.event import Event
from harness.session import Session


@pytest.fixture
def session(database_session: Session) -> Session:
    return database_session


def test_nobody_gets_a_new_one(
    session: Session,
    proves: Any,
    query: Callable[[str], str],
    ends: Callable[[str], Event],
    succeeds: Callable[[str], bool],
) -> None:
    with proves(DatabaseConnectionLimit()) as proof:
        assert "too many clients already" in proof
        assert "too many clients already" in ends(query("SELECT 1")).detail["exception"]
    assert succeeds(query("SELECT 1"))
