from collections.abc import Callable, Iterator

import pytest

from chaos.faults.database_lock import DatabaseLock
from harness.errors import CrucibleError
from harness.event import TERMINAL
from harness.session import Session


@pytest.fixture
def session(database_session: Session) -> Session:
    return database_session


@pytest.fixture(params=["", "wanted"])
def fault(
    request: pytest.FixtureRequest,
    session: Session,
    query: Callable[[str], str],
    succeeds: Callable[[str], bool],
) -> Iterator[DatabaseLock]:
    """A table that somebody holds, alone or with all others."""
    assert succeeds(query("CREATE TABLE IF NOT EXISTS wanted AS SELECT 1 AS one"))
    fault = DatabaseLock(request.param)
    fault.inject(session)
    yield fault
    fault.heal(session)


def test_others_wait_until_it_lets_go(
    session: Session,
    fault: DatabaseLock,
    query: Callable[[str], str],
    succeeds: Callable[[str], bool],
) -> None:
    # Given a table that is locked; there is no proof while nobody wants it
    assert fault.proof(session) is None

    # When somebody wants it, then the server says that it waits
    task = query("UPDATE wanted SET one = 2")
    assert session.recorder.wait_for(lambda: fault.proof(session) is not None, 10)
    proof = fault.proof(session)
    assert proof
    assert proof.startswith("PostgreSQL: 1 connections wait for pid ")
    assert not any(e.id == task and e.type in TERMINAL for e in session.recorder.events)

    # And when it is healed, it has it
    fault.heal(session)
    assert succeeds(task)


def test_a_table_there_is_not_is_said(session: Session) -> None:
    with pytest.raises(CrucibleError, match='relation "nothing" does not exist'):
        DatabaseLock("nothing").inject(session)
