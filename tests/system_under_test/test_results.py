"""Results that a database does not take: the hardened shop waits for it, the other gives up."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from harness.result_hash import result_hash
from harness.results import rows
from harness.runtime import scratch
from harness.servers import install, postgres

SHOP = Path(__file__).parents[2] / "system_under_test"
SETTING = "default_transaction_read_only"
REFUSED = "in a read-only transaction"
END_SECONDS_MAX = 60
STORE = """
import django
django.setup()
from myproject.celery import app
app.backend.store_result("begun", None, "STARTED")
app.backend.mark_as_done("done", 42)
"""

STORE_MORE = """
import django
django.setup()
from myproject.celery import app
app.backend.mark_as_done("returned", {"status": "sent"})
from celery.app.task import Context
request = Context(id="raised", task="myapp.tasks.process_order")
app.backend.mark_as_failure("raised", KeyError("x"), traceback="Traceback", request=request)
"""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A database with the tables for results."""
    folder = scratch.directory()  # not pytest's: PostgreSQL's account could not enter it
    server, data = install.ensure(["postgres"])["postgres"], folder / "data"
    data.mkdir()
    postgres.initialise(server, data)
    with postgres.running(server, data, folder / "log") as url:
        migrate = shop(url, "hardened", "manage.py", "migrate", "django_celery_results")
        _, errors = migrate.communicate(timeout=END_SECONDS_MAX)
        assert migrate.returncode == 0, errors
        yield url
    shutil.rmtree(folder)


@pytest.fixture
def database(
    url: str, eventually: Callable[..., None]
) -> Iterator[tuple["psycopg.Connection[Any]", Callable[[str], None]]]:
    """A connection that may always write, and what sets whether others may; in the end they may."""

    def set_read_only(value: str) -> None:
        connection.execute(f"ALTER SYSTEM SET {SETTING} = {value}")
        connection.execute("SELECT pg_reload_conf()")
        eventually(lambda: others_are_told(value))

    def others_are_told(value: str) -> bool:
        with psycopg.connect(url) as other:
            return other.execute(f"SHOW {SETTING}").fetchone() == (value,)

    with psycopg.connect(url, autocommit=True, options=f"-c {SETTING}=off") as connection:
        yield connection, set_read_only
        set_read_only("off")


def shop(url: str, variant: str, *words: str) -> "subprocess.Popen[str]":
    """A process of the shop."""
    own = {
        "DJANGO_SETTINGS_MODULE": "myproject.settings",
        "DATABASE_URL": url,
        "RESULTS_DATABASE_URL": "",
        "SHOP_VARIANT": variant,
    }
    return subprocess.Popen(
        [sys.executable, *words],
        cwd=SHOP,
        env=os.environ | own,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_hardened_shop_stores_them_as_soon_as_it_may(url: str, database: Any) -> None:
    # Given a database that takes no writes, and a process that tries to store two states
    connection, set_read_only = database
    set_read_only("on")
    with shop(url, "hardened", "-c", STORE) as process:
        try:
            assert process.stderr
            assert any(REFUSED in line for line in process.stderr), "it was never refused"
            assert process.poll() is None

            # When writes are taken again
            set_read_only("off")
            _, errors = process.communicate(timeout=END_SECONDS_MAX)
        finally:
            process.kill()

    # Then both are there
    assert process.returncode == 0, errors
    rows = connection.execute("SELECT task_id, status FROM django_celery_results_taskresult")
    assert sorted(rows) == [("begun", "STARTED"), ("done", "SUCCESS")]


@pytest.mark.parametrize(("variant", "extended"), [("hardened", True), ("as_written", False)])
def test_rows_are_read_as_results(url: str, database: Any, variant: str, extended: bool) -> None:
    # Given one result of each kind; without result_extended no name and no traceback is kept
    with shop(url, variant, "-c", STORE_MORE) as process:
        _, errors = process.communicate(timeout=END_SECONDS_MAX)
    assert process.returncode == 0, errors
    # When the rows are read, then each tells its state, its result, its error and its traceback
    kept = {each.id: each for each in rows.of(url)}
    assert kept["returned"].detail == {
        "state": "SUCCESS",
        "result_hash": result_hash({"status": "sent"}),
        "exception": "",
        "traceback": False,
    }
    failed = kept["raised"]
    assert failed.name == ("myapp.tasks.process_order" if extended else "")
    assert failed.detail["traceback"] is extended
    assert (failed.detail["state"], failed.detail["exception"]) == ("FAILURE", "KeyError")


def test_the_shop_as_written_gives_up(url: str, database: Any) -> None:
    _, set_read_only = database
    set_read_only("on")
    with shop(url, "as_written", "-c", STORE) as process:
        try:
            _, errors = process.communicate(timeout=END_SECONDS_MAX)
        finally:
            process.kill()
    assert process.returncode == 1
    assert errors.splitlines()[-1].startswith("django.db.utils.InternalError: cannot execute")
