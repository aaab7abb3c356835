import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg
import pytest

from harness.errors import CrucibleError
from harness.servers import account, database_template
from harness.servers import postgres as cluster
from harness.servers.find import Server

WRITE = """
import os, psycopg
with psycopg.connect(os.environ["DATABASE_URL"]) as session:
    session.execute("create table facts (n int)")
    session.execute("insert into facts values (42)")
"""


@pytest.fixture(autouse=True)
def templates(warm_cache: Path) -> Path:
    """Where templates are kept; empty."""
    folder = warm_cache / "templates"
    if folder.exists():
        subprocess.run(["rm", "-rf", folder], check=True)
    return folder


@pytest.fixture
def setup(scratch: Path) -> Callable[[str], None]:
    """A set-up command as a target has one."""
    (scratch / "write.py").write_text(WRITE)

    def run(url: str) -> None:
        environment = {**os.environ, "DATABASE_URL": url}
        command = f"{sys.executable} write.py"
        database_template.run_commands([command], scratch, environment)

    return run


def facts(server: Server, data: Path, log: Path) -> list[tuple[int, ...]]:
    with cluster.running(server, data, log) as url, psycopg.connect(url) as session:
        return session.execute("select n from facts").fetchall()


def visible(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_copy_holds_what_the_set_up_wrote(
    postgres: Server, scratch: Path, setup: Callable[[str], None]
) -> None:
    # Given a template made with a real command
    template = database_template.prepare(postgres, "key", setup)
    # When it is copied twice and one copy is changed
    for name in ("first", "second"):
        database_template.copy(template, scratch / name)
    with (
        cluster.running(postgres, scratch / "first", scratch / "log") as url,
        psycopg.connect(url) as session,
    ):
        session.execute("delete from facts")
    # Then the other holds what the command wrote
    assert facts(postgres, scratch / "first", scratch / "log") == []
    assert facts(postgres, scratch / "second", scratch / "log") == [(42,)]


def test_a_copy_belongs_to_the_account_that_runs_it(
    postgres: Server, scratch: Path, setup: Callable[[str], None]
) -> None:
    # Given a template, When it is copied
    copy = scratch / "copy"
    database_template.copy(database_template.prepare(postgres, "key", setup), copy)
    # Then all of it belongs to PostgreSQL's account, closed to others
    user = account.unprivileged()
    owners = {path.stat().st_uid for path in (copy, *copy.rglob("*"))}
    assert owners == {user.uid if user else os.geteuid()}
    assert copy.stat().st_mode & 0o777 == 0o700


def test_a_template_is_made_once(postgres: Server, templates: Path) -> None:
    # Given a template
    calls: list[str] = []
    first = database_template.prepare(postgres, "key", calls.append)
    # When it is wanted again, Then nothing is set up; for another key it is
    assert database_template.prepare(postgres, "key", calls.append) == first
    assert len(calls) == 1
    database_template.prepare(postgres, "other", calls.append)
    assert len(calls) == 2
    # And nothing but templates and locks is left
    assert visible(templates) == {"key", "other", "preparing.lock", "copying.lock"}


def test_two_at_once_make_it_once(postgres: Server) -> None:
    # Given no template
    calls: list[str] = []
    results: list[Path] = []
    start = threading.Barrier(3)

    def work() -> None:
        start.wait(10)
        results.append(database_template.prepare(postgres, "key", calls.append))

    # When several want it at once
    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    # Then one made it and all have it
    assert len(calls) == 1
    assert len(results) == 3
    assert len(set(results)) == 1


def test_a_set_up_command_that_fails_is_told(
    postgres: Server, scratch: Path, templates: Path
) -> None:
    # Given a set-up command that fails
    (scratch / "bad.py").write_text("raise SystemExit('no such table: shop')")
    command = f"{sys.executable} bad.py"
    # When a template is made
    with pytest.raises(CrucibleError) as caught:
        database_template.prepare(
            postgres,
            "key",
            lambda url: database_template.run_commands([command], scratch, os.environ),
        )
    # Then command and output are told, and no template is left that later runs would take
    assert caught.value.message == f"`{command}` failed with code 1:\n  no such table: shop"
    assert "setup" in caught.value.hint
    assert visible(templates) == {"preparing.lock"}


def test_a_half_made_template_is_never_used(
    postgres: Server, templates: Path, setup: Callable[[str], None], scratch: Path
) -> None:
    # Given a directory in a template's place that is no cluster
    (templates / "key").mkdir(parents=True)
    # When the template is wanted, Then it is made
    template = database_template.prepare(postgres, "key", setup)
    database_template.copy(template, scratch / "copy")
    assert facts(postgres, scratch / "copy", scratch / "log") == [(42,)]


def test_the_newest_are_kept(
    postgres: Server, templates: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given as many templates as are kept, the first of them used again lately
    monkeypatch.setattr(database_template, "KEPT", 2)
    names = [f"key{n}" for n in range(database_template.KEPT + 1)]
    for name in names[:-1]:
        database_template.prepare(postgres, name, lambda url: None)
    database_template.prepare(postgres, names[0], lambda url: None)
    # When one more is made, Then the one not used for longest is gone
    database_template.prepare(postgres, names[-1], lambda url: None)
    assert visible(templates) - {"preparing.lock", "copying.lock"} == set(names) - {names[1]}


def test_a_template_that_was_pruned_meanwhile_is_told(scratch: Path) -> None:
    # Given no template, When it is copied, Then that is an error, not an empty database
    with pytest.raises(CrucibleError, match="database template gone is gone"):
        database_template.copy(scratch / "gone", scratch / "copy")
    assert not (scratch / "copy").exists()


INTERRUPTED = """
import pathlib, sys, time
from harness.servers import database_template, find

def block(url):
    path = pathlib.Path(sys.argv[1])
    path.with_suffix(".new").write_text(url)
    path.with_suffix(".new").rename(path)
    time.sleep(600)

database_template.prepare(find.find("postgres"), "key", block)
"""


def test_a_kill_half_way_leaves_nothing_running_and_nothing_broken(
    postgres: Server, templates: Path, scratch: Path, setup: Callable[[str], None]
) -> None:
    # Given a process in the midst of making a template
    mark = scratch / "mark"
    maker = subprocess.Popen([sys.executable, "-c", INTERRUPTED, str(mark)])
    wait_until(mark.exists, 30.0)
    children = psutil.Process(maker.pid).children(recursive=True)
    assert any("postgres" in child.name() for child in children)
    # When it is killed
    maker.send_signal(signal.SIGKILL)
    maker.wait(10)
    # Then PostgreSQL ends with it, and the next one makes the template afresh
    _, alive = psutil.wait_procs(children, timeout=3)
    assert alive == []
    assert not (templates / "key").exists()
    template = database_template.prepare(postgres, "key", setup)
    assert visible(templates) == {"key", "preparing.lock", "copying.lock"}
    database_template.copy(template, scratch / "copy")
    assert facts(postgres, scratch / "copy", scratch / "log") == [(42,)]


def wait_until(condition: Callable[[], bool], deadline_s: float) -> None:
    end = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < end, "the condition was never met"
        time.sleep(0.01)
