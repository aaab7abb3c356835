import sys
from pathlib import Path

import pytest

from harness.containers import environment, interpreter
from harness.containers.environment import Wanted
from harness.containers.refusals import RefusedError
from harness.containers.root import Root
from harness.containers.run_instruction import PipInstall
from harness.errors import CrucibleError

HERE = Path(sys.executable)
BUILT = Path("/built/bin/python")


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> list[Wanted]:
    """Environments asked for, none of them really built."""
    asked: list[Wanted] = []

    def build(_uv: str, wanted: Wanted) -> Path:
        asked.append(wanted)
        return BUILT

    monkeypatch.setattr(environment, "build", build)
    monkeypatch.setenv("UV", "/somewhere/uv")
    return asked


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine on which none can be built."""

    def build(_uv: str, _wanted: Wanted) -> Path:
        raise CrucibleError("no network", hint="get one")

    monkeypatch.setattr(environment, "build", build)
    monkeypatch.setenv("UV", "/somewhere/uv")


def wanted(tmp_path: Path, requirement: str, *, lenient: bool = False) -> Wanted:
    return Wanted(None, [PipInstall([requirement])], Root(tmp_path), "/", lenient)


def test_what_is_here_is_taken(tmp_path: Path, builds: list[Wanted]) -> None:
    assert interpreter.choose(wanted(tmp_path, "celery[redis]")).path == HERE
    assert builds == []


def test_extras_that_a_suite_names_are_built(tmp_path: Path, builds: list[Wanted]) -> None:
    chosen = interpreter.choose(wanted(tmp_path, "celery[couchbase]"))
    assert chosen.path == BUILT
    assert "couchbase" in chosen.notes[0]


def test_or_done_without(tmp_path: Path, offline: None) -> None:
    chosen = interpreter.choose(wanted(tmp_path, "celery[couchbase]"))
    assert (chosen.path, chosen.lacking) == (HERE, frozenset({"couchbase"}))


@pytest.fixture
def couch_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pool whose extra this environment surely lacks."""
    monkeypatch.setattr(interpreter, "POOLS", frozenset({"couchbase"}))


def test_pytest_celerys_own_image_gets_those_that_are_used(
    tmp_path: Path, builds: list[Wanted], couch_pool: None
) -> None:
    # Given an image that names more than most suites need
    chosen = interpreter.choose(wanted(tmp_path, "celery[couchbase]", lenient=True))
    assert (chosen.path, chosen.lacking) == (HERE, frozenset({"couchbase"}))

    # Then a worker that uses one of them has them, and only such a worker
    assert chosen.fit_for(["celery", "worker", "-P", "prefork"]) is chosen
    for argv in (["celery", "-P", "couchbase"], ["sh", "-c", "celery worker --pool=couchbase"]):
        assert chosen.fit_for(argv).path == BUILT


def test_what_cannot_be_built_is_refused(tmp_path: Path, offline: None, couch_pool: None) -> None:
    with pytest.raises(RefusedError, match=r"not here: absent \(not installed here\)"):
        interpreter.choose(wanted(tmp_path, "absent"))
    chosen = interpreter.choose(wanted(tmp_path, "celery[couchbase]", lenient=True))
    with pytest.raises(RefusedError, match="not here: couchbase"):
        chosen.fit_for(["celery", "--pool=couchbase"])
