from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chaos.faults.schedule_edit import ScheduleEdit
from chaos.means.database_server import connected
from chaos.nemesis.candidate import offers
from harness import run_directory
from harness.servers import install
from harness.session import Session, opened
from harness.stack import StackSettings
from harness.target import BUNDLED, load

DISABLE = "UPDATE django_celery_beat_periodictask SET enabled = false WHERE name = %s"


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """The shop, whose schedule is kept in its database."""
    servers = install.ensure(["redis", "toxiproxy", "postgres"])
    directory = run_directory.create("tests", tmp_path_factory.mktemp("reports"))
    with opened(StackSettings(load(BUNDLED)), servers, directory) as session:
        yield session


def enabled(session: Session, entry: str) -> Any:
    asked = "SELECT enabled FROM django_celery_beat_periodictask WHERE name = %s"
    with connected(session) as connection:
        [(answer,)] = connection.execute(asked, [entry]).fetchall()
    return answer


def test_beat_notices_that_an_entry_is_disabled_and_enabled(session: Session, proves: Any) -> None:
    # Given the entry of the shop's schedule that is due most often
    fault, entry = next(iter(offers(ScheduleEdit, session))), "reconcile"
    assert enabled(session, entry)

    # When it is disabled in the admin, then beat notices
    with proves(fault) as proof:
        assert proof == f"beat logged 'Schedule changed' after {entry!r} was disabled"
        assert not enabled(session, entry)
        mark = session.stack.node("beat").mark()

    # And when it is enabled again, beat notices that, too
    assert enabled(session, entry)
    assert "Schedule changed" in session.stack.node("beat").logs(mark)


def test_an_edit_that_beat_undoes_is_made_again(
    session: Session, eventually: Callable[..., None]
) -> None:
    # Given an entry that is disabled
    fault, entry = ScheduleEdit("reconcile"), "reconcile"
    fault.inject(session)
    assert session.recorder.wait_for(lambda: bool(fault.proof(session)), 20)

    # When it is healed, and the row is written as beat had read it before
    def undo() -> None:
        eventually(lambda: enabled(session, entry), 20)
        with connected(session) as connection:
            connection.execute(DISABLE, [entry])

    with ThreadPoolExecutor(1) as pool:
        undoing = pool.submit(undo)
        fault.heal(session)
        undoing.result()

    # Then it is enabled all the same
    assert enabled(session, entry)
