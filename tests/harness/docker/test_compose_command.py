from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.docker import compose_command
from harness.docker.compose_command import VARIABLE, ComposeCommand
from harness.docker.connection import DockerMissingError
from harness.errors import CrucibleError


@pytest.fixture(autouse=True)
def _forgetful() -> Iterator[None]:
    compose_command.find.cache_clear()
    yield
    compose_command.find.cache_clear()


def program(path: Path, text: str) -> Path:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def test_the_command_named_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compose = program(tmp_path / "compose", 'test "$*" = "version --short" && echo 9.8')
    monkeypatch.setenv(VARIABLE, str(compose))
    assert compose_command.find() == ComposeCommand((str(compose),), "9.8")


def test_without_a_plugin_the_older_command_serves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path / "docker", "exit 1")
    program(tmp_path / "docker-compose", "echo 1.29.2")
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert compose_command.find().argv == ("docker-compose",)


def test_none_at_all_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DockerMissingError, match="no docker compose"):
        compose_command.find()


def test_a_failure_is_told_with_its_last_lines(tmp_path: Path) -> None:
    command = ComposeCommand((str(program(tmp_path / "c", "echo no such image >&2; exit 7")),), "1")
    with pytest.raises(CrucibleError, match=r"up failed:\nno such image"):
        command.run("-p", "x", "up", "--no-start")


def test_a_missing_file_is_said_before_compose_is_asked(tmp_path: Path) -> None:
    with pytest.raises(CrucibleError, match="There is no compose file"):
        ComposeCommand(("/nowhere",), "1").config(tmp_path / "docker-compose.yml", "redis")
