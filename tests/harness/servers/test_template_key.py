import dataclasses
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.errors import CrucibleError
from harness.servers.find import Server
from harness.servers.template_key import template_key

SERVER = Server("postgres", Path("/bin/postgres"), (16, 3), "PATH")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small Django project."""
    (tmp_path / "app" / "migrations").mkdir(parents=True)
    (tmp_path / "app" / "models.py").write_text("x = 1\n")
    (tmp_path / "app" / "migrations" / "0001_initial.py").write_text("y = 1\n")
    (tmp_path / "fixture.json").write_text("[]")
    return tmp_path


@pytest.fixture
def key(project: Path) -> Callable[..., str]:
    """The project's key, with some of what it depends on changed."""

    def compute(
        server: Server = SERVER,
        commands: tuple[str, ...] = ("migrate",),
        environment: dict[str, str] | None = None,
        exclude: tuple[Path, ...] = (),
    ) -> str:
        return template_key(
            server, commands, project, Path(sys.executable), environment or {}, exclude
        )

    return compute


def test_the_same_gives_the_same(key: Callable[..., str], project: Path) -> None:
    # Given a key, When a file is rewritten with the same content, Then the key is the same
    before = key()
    (project / "app" / "models.py").write_text("x = 1\n")
    assert key() == before


def test_whatever_it_depends_on_changes_it(key: Callable[..., str]) -> None:
    # Given a key, When version, commands or environment differ, Then each key is another
    keys = {
        key(),
        key(server=dataclasses.replace(SERVER, version=(17, 0))),
        key(commands=("migrate", "seed")),
        key(commands=("migrate seed",)),
        key(environment={"VARIANT": "hardened"}),
        key(environment={"VARIANT": "as_written"}),
    }
    assert len(keys) == 6


@pytest.mark.parametrize(
    "name", ["app/models.py", "app/migrations/0001_initial.py", "fixture.json", "new.sql"]
)
def test_a_source_that_changes_changes_it(
    name: str, key: Callable[..., str], project: Path
) -> None:
    # Given a key, When a source is edited or added, Then the key is another
    before = key()
    (project / name).write_text("z = 2\n")
    assert key() != before


def test_a_source_that_moves_or_goes_changes_it(key: Callable[..., str], project: Path) -> None:
    # Given a key, When a migration is renamed, then removed, Then each time it is another
    migrations = project / "app" / "migrations"
    keys = [key()]
    (migrations / "0001_initial.py").rename(migrations / "0001_first.py")
    keys.append(key())
    (migrations / "0001_first.py").unlink()
    keys.append(key())
    assert len(set(keys)) == 3


@pytest.mark.parametrize(
    "name",
    [
        ".git/config.toml",
        "app/__pycache__/models.py",
        "env/lib/module.py",
        "node_modules/a/package.json",
        "reports/run/verdict.json",
        "README.md",
        "app/celerybeat-schedule",
    ],
)
def test_what_is_no_source_does_not_change_it(
    name: str, key: Callable[..., str], project: Path
) -> None:
    # Given a key; `env` is a virtual environment, `reports` holds what runs leave behind
    (project / "env").mkdir()
    (project / "env" / "pyvenv.cfg").write_text("")
    before = key(exclude=(project / "reports",))
    # When a file appears that is none of the target's sources
    (project / name).parent.mkdir(parents=True, exist_ok=True)
    (project / name).write_text("1")
    # Then the key is the same
    assert key(exclude=(project / "reports",)) == before


def test_an_installed_package_changes_it(
    key: Callable[..., str], tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    # Given an interpreter with one more directory of packages
    packages = tmp_path_factory.mktemp("packages")
    monkeypatch.setenv("PYTHONPATH", str(packages))
    before = key()
    # When a package is installed there, Then the key is another
    (packages / "django_shop-1.0.dist-info").mkdir()
    assert key() != before


def test_an_interpreter_that_does_not_run_is_told(project: Path) -> None:
    # Given an interpreter that fails, When the key is computed, Then the error says how to mend it
    with pytest.raises(CrucibleError) as caught:
        template_key(SERVER, [], project, Path("/bin/false"), {})
    assert "interpreter" in caught.value.hint
