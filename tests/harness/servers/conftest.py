"""Caches of their own for the tests, and servers really installed into one of them."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.runtime import scratch as runtime_scratch
from harness.servers import install
from harness.servers.catalog import RECIPES
from harness.servers.find import Server


def _as_fresh_machine(patch: pytest.MonkeyPatch, cache: Path) -> None:
    patch.setenv("CRUCIBLE_CACHE", str(cache))
    patch.setenv("CRUCIBLE_IGNORE_PATH", "1")
    for recipe in RECIPES.values():
        patch.delenv(recipe.variable, raising=False)


@pytest.fixture
def scratch() -> Iterator[Path]:
    """Not pytest's tmp_path: PostgreSQL's account could not enter it."""
    path = runtime_scratch.directory()
    yield path
    shutil.rmtree(path)


@pytest.fixture
def empty_cache(scratch: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing installed and nothing configured."""
    cache = scratch / "cache"
    _as_fresh_machine(monkeypatch, cache)
    return cache


@pytest.fixture(scope="session")
def installed() -> Iterator[tuple[Path, dict[str, Server]]]:
    """A cache with Redis and PostgreSQL, installed once."""
    cache = runtime_scratch.directory()
    with pytest.MonkeyPatch.context() as patch:
        _as_fresh_machine(patch, cache)
        servers = install.ensure(["redis", "postgres"])
    yield cache, servers
    shutil.rmtree(cache)


@pytest.fixture
def warm_cache(installed: tuple[Path, dict[str, Server]], monkeypatch: pytest.MonkeyPatch) -> Path:
    """That cache, in use."""
    _as_fresh_machine(monkeypatch, installed[0])
    return installed[0]


@pytest.fixture
def postgres(warm_cache: Path, installed: tuple[Path, dict[str, Server]]) -> Server:
    """A real PostgreSQL."""
    return installed[1]["postgres"]


@pytest.fixture
def program(scratch: Path) -> Callable[[str, str], Path]:
    """Write an executable shell script."""

    def write(name: str, script: str) -> Path:
        path = scratch / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path

    return write
