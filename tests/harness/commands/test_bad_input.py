"""What a person may get wrong: one clear message and how to mend it, exit code 2, nothing left."""

import json
import os
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PLAIN = 'name = "plain"\napp = "plain"\ndirectory = "{plain}"\n'
WORKER = '[[workers]]\nname = "worker"\n'


@pytest.fixture
def refused(crucible: Any) -> Callable[..., str]:
    """Runs the command, which must refuse; returns its message in one line."""

    def run(*words: object, **environment: str) -> str:
        done = crucible.run(*words, "--reports", crucible.reports, **environment)
        assert done.returncode == 2, done.stdout
        assert "Traceback" not in done.stdout.partition("before it was ready")[0], done.stdout
        assert done.stdout.count("Crucible cannot go on") == 1, done.stdout
        assert "How to mend it: " in done.stdout
        assert crucible.left() == []
        return " ".join(done.stdout.replace("│", " ").split())

    return run


@pytest.fixture
def with_target(refused: Callable[..., str], crucible: Any, tmp_path: Path) -> Callable[[str], str]:
    """Runs ``up`` with a target file of this text, which must be refused."""

    def run(text: str) -> str:
        file = tmp_path / "target.toml"
        file.write_text(text.replace("{plain}", str(crucible.plain.parent)))
        return refused("up", "--target", file)

    return run


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name = ]", ["target.toml is not TOML", "line 1"]),
        ('name = "x"\n' + WORKER, ["'app' is missing", "Add app = ..."]),
        (PLAIN + 'brokr = "redis"\n' + WORKER, ["unknown key 'brokr'", "Did you mean 'broker'?"]),
        (PLAIN + "settle = 'long'\n" + WORKER, ["settle: ", "valid number", "found 'long'"]),
        (PLAIN + "effects = '{pyhton} x'\n" + WORKER, ["{pyhton} is no placeholder", "python"]),
        (PLAIN.replace("{plain}", "nowhere") + WORKER, ["directory", "nowhere does not exist"]),
        (PLAIN + "interpreter = 'no/python'\n" + WORKER, ["interpreter", "no/python does not"]),
    ],
)
def test_a_wrong_target_file(
    text: str, words: list[str], with_target: Callable[[str], str]
) -> None:
    message = with_target(text)
    for each in words:
        assert each in message


def test_a_target_file_that_is_missing(refused: Callable[..., str]) -> None:
    message = refused("up", "--target", "no/target.toml")
    assert "Cannot read the target file no/target.toml: No such file or directory" in message


def test_an_unknown_variant_names_those_there_are(
    refused: Callable[..., str], crucible: Any
) -> None:
    assert "no variant 'x'" in refused("up", "--target", crucible.plain, "--variant", "x")
    bundled = refused("up", "--variant", "hardend")
    assert "hardened, as_written" in bundled


def test_an_app_that_cannot_be_imported_shows_the_import_error(
    with_target: Callable[[str], str], tmp_path: Path
) -> None:
    # Given a project whose app needs a module that is not there
    (tmp_path / "broken.py").write_text("import no_such_module\n")
    message = with_target('name = "broken"\napp = "broken"\n' + WORKER)

    # Then the last lines of the import error are shown
    assert "ended before it was ready" in message
    assert "ModuleNotFoundError: No module named 'no_such_module'" in message


def test_an_app_that_is_missing_is_named(with_target: Callable[[str], str]) -> None:
    message = with_target(PLAIN.replace('app = "plain"', 'app = "nowhere"') + WORKER)
    assert "ended before it was ready" in message
    assert "nowhere" in message


@pytest.mark.parametrize("node", ["client", "toxiproxy"])
def test_a_port_that_is_taken(node: str, refused: Callable[..., str], crucible: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        message = refused("up", "--target", crucible.plain, "--port", f"{node}={port}")
    assert f"Port {port} for {node} is taken" in message
    assert f"--port {node}=PORT" in message


def test_a_port_that_is_none(refused: Callable[..., str], crucible: Any) -> None:
    message = refused("up", "--target", crucible.plain, "--port", "web=65536")
    assert "--port 'web=65536' is no NODE=PORT" in message


def test_a_port_for_nobody(refused: Callable[..., str], crucible: Any) -> None:
    message = refused("up", "--target", crucible.plain, "--port", "wrker=8000")
    assert "no node 'wrker'" in message
    assert "worker" in message


def test_an_unknown_suite(refused: Callable[..., str], crucible: Any) -> None:
    message = refused("run", "no-such-suite", "--target", crucible.plain)
    assert "There is no suite 'no-such-suite'" in message
    assert "shop" in message


def test_a_suite_that_cannot_be_imported(
    refused: Callable[..., str], crucible: Any, tmp_path: Path
) -> None:
    (tmp_path / "test_broken.py").write_text("import no_such_module\n")
    done = crucible.run("run", tmp_path, "--target", crucible.plain)
    assert done.returncode == 2, done.stdout
    assert "The suite could not be read" in done.stdout
    assert "No module named 'no_such_module'" in done.stdout


def test_a_keyword_that_matches_nothing(
    refused: Callable[..., str], crucible: Any, tmp_path: Path
) -> None:
    (tmp_path / "test_it.py").write_text("def test_it(scenario): ...\n")
    message = refused("run", tmp_path, "--target", crucible.plain, "-k", "nothing-like-it")
    assert "No scenario was run: none matches" in message
    assert not crucible.reports.exists()


def test_a_scenario_that_promises_nothing(
    refused: Callable[..., str], crucible: Any, tmp_path: Path
) -> None:
    (tmp_path / "test_it.py").write_text("def test_it(scenario): ...\n")
    message = refused("run", tmp_path, "--target", crucible.plain)
    assert "test_it promises nothing" in message


def test_a_promise_nobody_can_judge(
    refused: Callable[..., str], crucible: Any, tmp_path: Path
) -> None:
    (tmp_path / "test_it.py").write_text(
        'import pytest\n@pytest.mark.promises("no-task-lots")\ndef test_it(scenario): ...\n'
    )
    message = refused("run", tmp_path, "--target", crucible.plain)
    assert "There is no guarantee 'no-task-lots'" in message


def test_a_server_that_is_missing(refused: Callable[..., str], crucible: Any) -> None:
    message = refused("up", "--target", crucible.plain, CRUCIBLE_REDIS_SERVER="/no/redis-server")
    assert "CRUCIBLE_REDIS_SERVER names /no/redis-server, which does not exist" in message
    assert not crucible.reports.exists()


def test_a_server_that_is_too_old(
    refused: Callable[..., str], crucible: Any, tmp_path: Path
) -> None:
    old = tmp_path / "redis-server"
    old.write_text('#!/bin/sh\necho "Redis server v=5.0.14 sha=0:0 bits=64"\n')
    old.chmod(0o755)
    message = refused("up", "--target", crucible.plain, CRUCIBLE_REDIS_SERVER=str(old))
    assert "is version 5.0.14, older than 6.2" in message


def test_a_server_that_does_not_start(
    refused: Callable[..., str], crucible: Any, tmp_path: Path
) -> None:
    # Given a server of the right version that ends with an error at once
    bad = tmp_path / "redis-server"
    bad.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && { echo "Redis server v=7.0.0"; exit; }\n'
        'echo "no memory for you" >&2\nexit 1\n'
    )
    bad.chmod(0o755)
    message = refused("up", "--target", crucible.plain, CRUCIBLE_REDIS_SERVER=str(bad))
    assert "broker ended before it was ready. no memory for you" in message


@pytest.mark.parametrize("command", ["up", "run"])
def test_no_place_for_the_run_directory(
    command: str, refused: Callable[..., str], crucible: Any, tmp_path: Path
) -> None:
    # Given a file where the directory must be
    crucible.reports.write_text("in the way")
    suite = tmp_path / "suite"
    suite.mkdir()
    (suite / "test_it.py").write_text(
        'import pytest\n@pytest.mark.promises("no-task-lost")\ndef test_it(scenario): ...\n'
    )
    words = [suite] if command == "run" else []
    message = refused(command, *words, "--target", crucible.plain)
    assert "Cannot write a run directory" in message
    assert crucible.reports.read_text() == "in the way"


def test_a_full_disk(refused: Callable[..., str], crucible: Any) -> None:
    # Given a disk without a free block
    crucible.reports.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4k,nr_inodes=2", "tmpfs", crucible.reports]
    if os.geteuid() or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("no permission to mount a small disk")
    try:
        message = refused("up", "--target", crucible.plain)
    finally:
        subprocess.run(["umount", crucible.reports], check=True)
    assert "Cannot write a run directory" in message
    assert "No space left on device" in message


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """A whole run directory, with nothing in its history."""
    run_dir = tmp_path / "stored"
    run_dir.mkdir()
    verdict = {
        "schema": "crucible/verdict",
        "version": 1,
        "suite": "x",
        "outcome": "unknown",
        "scenarios": [],
        "known_weaknesses_gone": [],
        "aborted": False,
    }
    (run_dir / "verdict.json").write_text(json.dumps(verdict))
    (run_dir / "run.toml").write_text("scenarios = []\n")
    (run_dir / "history.jsonl").write_text('{"schema": "crucible/history", "version": 1}\n')
    return run_dir


@pytest.fixture
def check_refused(crucible: Any) -> Callable[[Path], str]:
    """Runs ``check``, which must refuse; returns its message in one line."""

    def run(run_dir: Path) -> str:
        done = crucible.run("check", run_dir)
        assert done.returncode == 2, done.stdout
        assert "Traceback" not in done.stdout
        assert "How to mend it: " in done.stdout
        return " ".join(done.stdout.replace("│", " ").split())

    return run


def test_checking_what_is_no_run_directory(
    check_refused: Callable[[Path], str], tmp_path: Path
) -> None:
    assert "No such file or directory" in check_refused(tmp_path / "nowhere")
    assert "No such file or directory" in check_refused(tmp_path)


def test_checking_a_history_from_a_newer_version(
    check_refused: Callable[[Path], str], stored: Path
) -> None:
    (stored / "history.jsonl").write_text('{"schema": "crucible/history", "version": 99}\n')
    message = check_refused(stored)
    assert "written by a newer Crucible" in message
    assert "Upgrade celery-crucible" in message


def test_checking_a_damaged_history(check_refused: Callable[[Path], str], stored: Path) -> None:
    with (stored / "history.jsonl").open("a") as history:
        history.write("damaged\n")
    assert "is damaged: line 2" in check_refused(stored)


@pytest.mark.parametrize("text", ["scenarios = ", "", "scenarios = 3", "[[scenarios]]"])
def test_checking_with_damaged_settings(
    text: str, check_refused: Callable[[Path], str], stored: Path
) -> None:
    (stored / "run.toml").write_text(text)
    assert "run.toml" in check_refused(stored)


def test_checking_a_scenario_that_the_settings_do_not_know(
    check_refused: Callable[[Path], str], stored: Path
) -> None:
    fields = json.loads((stored / "verdict.json").read_text())
    fields["scenarios"] = [
        {
            "name": "lost",
            "title": "",
            "outcome": "valid",
            "verdicts": [],
            "seed": 1,
            "repeat": "",
            "started_wall_ns": 0,
            "duration_s": 0,
            "error": None,
        }
    ]
    (stored / "verdict.json").write_text(json.dumps(fields))
    assert "'lost'" in check_refused(stored)


def test_errors_for_machines_are_json(crucible: Any) -> None:
    done = crucible.run("check", "nowhere", "--json")
    assert done.returncode == 2
    assert json.loads(done.stdout)["exit_code"] == 2


@pytest.mark.parametrize("words", [["no-such-command"], ["up", "--no-such-option"], ["check"]])
def test_wrong_usage_of_the_command_itself(words: list[str], crucible: Any) -> None:
    done = crucible.run(*words)
    assert done.returncode == 2
    assert "Traceback" not in done.stdout
