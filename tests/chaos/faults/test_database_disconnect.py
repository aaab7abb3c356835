from collections.abc import Callable
from typing import Any

import pytest

from chaos.faults.database_disconnect import DatabaseDisconnect
from chaos.means.database_server import connected
from harness.event import Event
from harness.session import Session


@pytest.fixture
def session(database_session: Session) -> Session:
    return database_session


def test_all_are_hung_up_on(
    session: Session,
    proves: Any,
    query: Callable[[str], str],
    start: Callable[..., str],
    ends: Callable[[str], Event],
    succeeds: Callable[[str], bool],
) -> None:
    # Given somebody who waits for an answer
    task = start("plain.query", ["SELECT pg_sleep(8)"])
    asked = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
    with connected(session) as connection:
        assert session.recorder.wait_for(lambda: connection.execute(asked).fetchone()[0] >= 1, 10)

    # When the database hangs up, then it learns of it
    with proves(DatabaseDisconnect()) as proof:
        assert proof.endswith(" connections and lists none of them any more")
        assert "terminating connection" in ends(task).detail["exception"]

    # And whoever comes is served
    assert succeeds(query("SELECT 1"))
