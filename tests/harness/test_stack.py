"""Stacks that fail: nothing of them stays."""

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from harness import run_directory
from harness.errors import CrucibleError
from harness.runtime import scratch
from harness.servers.find import Server
from harness.servers.install import ensure
from harness.session import Session
from harness.stack import Stack, StackSettings, started
from harness.target import load

PLAIN = load(Path(__file__).parents[1] / "targets" / "plain" / "target.toml")


@pytest.fixture(scope="module")
def servers() -> dict[str, Server]:
    return ensure(["redis", "toxiproxy"])


@pytest.fixture
def below() -> Callable[[], set[int]]:
    """Living processes below this one."""

    def find() -> set[int]:
        found = psutil.Process(os.getpid()).children(recursive=True)
        return {each.pid for each in found if each.status() != psutil.STATUS_ZOMBIE}

    return find


@pytest.fixture
def scratches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where scratch directories are made; empty in the end."""
    place = tmp_path / "scratch"
    place.mkdir()
    monkeypatch.setattr(scratch, "_root", lambda: place)
    yield place
    assert list(place.iterdir()) == []


@pytest.fixture
def start(servers: dict[str, Server], tmp_path: Path) -> Callable[..., "object"]:
    """Starts the plain system with changed settings."""

    def start(**settings: object) -> object:
        directory = run_directory.create("tests", tmp_path / "reports")
        return started(replace(StackSettings(PLAIN), **settings), servers, directory)  # type: ignore[arg-type]

    return start


@pytest.mark.usefixtures("scratches")
def test_an_error_inside_ends_everything(
    start: Callable[..., "object"], below: Callable[[], set[int]]
) -> None:
    # Given a stack that is up
    before = below()
    pids: set[int] = set()

    # When the block that uses it fails
    def use() -> None:
        with start() as stack:  # type: ignore[attr-defined]
            assert isinstance(stack, Stack)
            pids.update(below() - before)
            raise RuntimeError("as planned")

    with pytest.raises(RuntimeError, match="as planned"):
        use()

    # Then nothing of it is left
    assert len(pids) >= 7
    assert below() <= before


@pytest.mark.usefixtures("scratches")
def test_a_port_for_nobody_leaves_nothing(
    start: Callable[..., "object"], below: Callable[[], set[int]]
) -> None:
    before = below()
    with pytest.raises(CrucibleError, match="no node 'wrker'"), start(ports={"wrker": 8000}):  # type: ignore[attr-defined]
        pass
    assert below() <= before


@pytest.mark.usefixtures("scratches")
def test_a_node_that_cannot_start_ends_the_others(
    start: Callable[..., "object"], below: Callable[[], set[int]]
) -> None:
    # Given a target whose app does not exist
    before = below()
    target = PLAIN.model_copy(update={"app": "no_such_app"})

    # When it is started, then the error shows why, and nothing is left
    with pytest.raises(CrucibleError, match="no_such_app"), start(target=target):  # type: ignore[attr-defined]
        pass
    assert below() <= before


def test_what_it_has_can_be_found_by_name(session: Session) -> None:
    stack = session.stack
    assert set(stack.nodes) == {"toxiproxy", "broker", "client", "worker", "gateway"}
    assert set(stack.links) == {"worker->broker", "client->broker", "worker->gateway"}
    assert stack.address("broker") == stack.link("worker->broker").upstream
    with pytest.raises(CrucibleError, match="listens nowhere"):
        stack.address("worker")
    with pytest.raises(CrucibleError, match="no link 'worker->brokr'"):
        stack.link("worker->brokr")


def test_commands_see_past_every_link(session: Session) -> None:
    direct = session.stack.wiring.direct_environment()
    assert direct["CELERY_BROKER_URL"] == f"redis://{session.stack.address('broker')}/0"
    assert session.stack.wiring.command("{python} -m x '{app} y'")[1:] == ("-m", "x", "plain y")
