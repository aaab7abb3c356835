"""A stranger's suite, written against pytest-celery's public interface, runs without Docker."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.containers import view_probe

SUITE = Path(__file__).parent / "suite"
SERVERS = {"rabbitmq-server": "not rabbit and not Rabbit and not Prefetch", "memcached": "not memc"}
OWN_FILES = "test_files.py"
SLOW = {"test_versions.py"}  # builds environments of older releases
FILES = [
    pytest.param(path.name, marks=pytest.mark.slow if path.name in SLOW else ())
    for path in sorted(SUITE.glob("test_*.py"))
]


@pytest.mark.parametrize("file", FILES)
def test_every_test_passes_and_nothing_is_left(run_suite: Callable[..., Any], file: str) -> None:
    # Given a file of the suite, and the servers that are on this machine
    missing = [server for server in SERVERS if shutil.which(server) is None]
    assert not (missing and os.environ.get("CI")), f"CI installs {missing}"
    refusal = view_probe.refusal() if file == OWN_FILES else ""
    if refusal and not os.environ.get("CI"):
        pytest.skip(f"This machine allows no mount namespaces ({refusal}).")
    possible = " and ".join(SERVERS[server] for server in missing)

    # When it runs, without the tests of those that are not
    outcome = run_suite("suite", file, "-k", possible)

    # Then all of it passes, on processes that are gone afterwards
    assert outcome.code == 0, outcome.output
    assert "skipped" not in outcome.output.splitlines()[-1]
    assert outcome.left == []


def test_what_needs_containers_is_refused_by_name(run_suite: Callable[..., Any]) -> None:
    outcome = run_suite("refused")
    assert outcome.code == 0, outcome.output


def test_a_missing_server_is_a_skip_that_says_how_to_get_it(
    run_suite: Callable[..., Any], tmp_path: Path
) -> None:
    # Given a machine without RabbitMQ
    only_python = str(tmp_path)

    # When a test needs it, on a person's machine and in CI
    words = ["test_canvas.py", "-k", "rabbitmq and hello", "-rs"]
    skipped = run_suite("suite", *words, PATH=only_python, CI="")
    failed = run_suite("suite", *words, PATH=only_python, CI="1")

    # Then it is skipped here, and an error there
    assert "1 skipped" in skipped.output
    assert "apt-get install rabbitmq-server" in skipped.output
    assert "1 error" in failed.output


def test_nothing_survives_kill_9(run_suite: Callable[..., Any]) -> None:
    # Given a session whose test kills its own pytest, with a broker, a backend and a worker running
    outcome = run_suite("suite", "doomed.py", "-k", "redis_broker")

    # Then all that it had started is gone
    assert outcome.code == 137
    assert outcome.left == []
