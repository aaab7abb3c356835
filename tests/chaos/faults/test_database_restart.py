from collections.abc import Callable
from typing import Any

import pytest

from chaos.faults.database_restart import DatabaseRestart
from harness.event import Event
from harness.session import Session


@pytest.fixture
def session(database_session: Session) -> Session:
    return database_session


@pytest.mark.parametrize(("crash", "how"), [(False, "fast"), (True, "immediate")])
def test_it_is_down_and_comes_back_with_all_it_confirmed(
    session: Session,
    proves: Any,
    query: Callable[[str], str],
    ends: Callable[[str], Event],
    succeeds: Callable[[str], bool],
    crash: bool,
    how: str,
) -> None:
    # Given something that was confirmed
    assert succeeds(query("CREATE TABLE IF NOT EXISTS kept AS SELECT 1 AS one"))
    node = session.stack.node("database")
    pid, mark = node.pid, node.mark()

    # When the database is stopped, then nobody reaches it
    with proves(DatabaseRestart(crash)) as proof:
        assert proof == f"PostgreSQL (pid {pid}) received {how} shutdown request and ended"
        assert "refused" in ends(query("SELECT 1")).detail["exception"] or node.pid is None

    # And when it is healed, another process has it
    assert node.pid not in (None, pid)
    assert ("automatic recovery in progress" in node.logs(mark)) is crash
    assert succeeds(query("DROP TABLE kept"))
