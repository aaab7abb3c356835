import signal
import time
from pathlib import Path

import psutil
import psycopg
import pytest

from harness.errors import CrucibleError
from harness.servers import postgres as cluster
from harness.servers.find import Server


@pytest.fixture
def data(postgres: Server, scratch: Path) -> Path:
    """A fresh cluster."""
    path = scratch / "data"
    path.mkdir()
    cluster.initialise(postgres, path)
    return path


def test_it_runs_and_stops_in_order(postgres: Server, data: Path, scratch: Path) -> None:
    # Given a fresh cluster, When it runs
    with cluster.running(postgres, data, scratch / "log") as url, psycopg.connect(url) as session:
        # Then its database belongs to the target's user, and listens on this machine only
        facts = session.execute(
            "select current_database(), current_user, current_setting('listen_addresses'), "
            "current_setting('unix_socket_directories'), current_setting('server_encoding')"
        ).fetchone()
        assert facts == ("target", "crucible", "127.0.0.1", "", "UTF8")
    # And it left no lock behind when it was stopped
    assert not (data / "postmaster.pid").exists()


def test_variables_meant_for_other_servers_do_no_harm(
    postgres: Server, data: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given a user who has set PG variables for another server
    for name in ("PGDATA", "PGPORT", "PGHOST", "PGUSER", "PGDATABASE"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("PGDATESTYLE", "nonsense")
    # When ours runs, Then it answers
    with cluster.running(postgres, data, scratch / "log") as url:
        assert url.endswith("/target")


def test_what_was_committed_survives_a_kill(postgres: Server, data: Path, scratch: Path) -> None:
    # Given a server whose processes are killed right after it confirmed some rows
    def write_and_kill() -> None:
        with cluster.running(postgres, data, scratch / "log") as url:
            main = psutil.Process(int((data / "postmaster.pid").read_text().split()[0]))
            with psycopg.connect(url, autocommit=True) as session:
                session.execute("create table facts (n int)")
                session.execute("insert into facts select generate_series(1, 1000)")
                kill_all([main, *main.children()])

    # When that has happened
    with pytest.raises(CrucibleError, match="ended with code -9"):
        write_and_kill()
    # Then all rows are there when it runs again
    with (
        cluster.running(postgres, data, scratch / "log") as url,
        psycopg.connect(url) as session,
    ):
        assert session.execute("select count(*) from facts").fetchone() == (1000,)


def kill_all(processes: list[psutil.Process]) -> None:
    """Stop them all first, so that none can write while another is killed."""
    for sent in (signal.SIGSTOP, signal.SIGKILL):
        for process in processes:
            process.send_signal(sent)
    psutil.wait_procs(processes[1:], timeout=10)


def test_a_server_that_ends_at_once_is_told_with_its_log(
    postgres: Server, data: Path, scratch: Path
) -> None:
    # Given a damaged cluster
    (data / "global" / "pg_control").unlink()
    # When it is started
    start = time.monotonic()
    with pytest.raises(CrucibleError, match=r"(?s)PostgreSQL ended with code .*pg_control"):
        cluster.running(postgres, data, scratch / "log").__enter__()
    # Then the reason came at once, not after the time limit
    assert time.monotonic() - start < cluster.START_SECONDS_MAX / 2


def test_initdb_that_fails_is_told(postgres: Server, scratch: Path) -> None:
    # Given a directory that is not empty
    data = scratch / "data"
    data.mkdir()
    (data / "file").write_text("")
    # When a cluster is made there, Then initdb's reason is told
    with pytest.raises(CrucibleError, match=r"(?s)initdb failed with code 1:.*not empty"):
        cluster.initialise(postgres, data)
