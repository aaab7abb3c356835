"""The evidence of an external system is whole: every worker that reads has its probe file."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from harness.errors import CrucibleError, Exit
from harness.node import Address
from harness.runtime.external import identity
from harness.servers.cache import silent
from harness.target import Target

CLIENT = Address("127.0.0.1", 1)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes the probe file of ``worker``."""

    def write(pid: int = 7, node: str = "worker", ahead_s: float = 0.0) -> Path:
        wall, mono = time.time_ns() + int(ahead_s * 1e9), time.monotonic_ns()
        event = {"mono": mono, "wall": wall, "node": node, "type": "node-ready"}
        line = json.dumps(event | {"name": "", "id": node, "detail": {"pid": pid}})
        file = tmp_path / "worker.probe.jsonl"
        file.write_text(line.replace(": ", ":").replace(", ", ",") + "\n")
        return file

    return write


@pytest.fixture
def target(tmp_path: Path) -> Target:
    """One worker, which reads one queue."""
    probe = tmp_path / "worker.probe.jsonl"
    addresses = {"broker": "127.0.0.1:6379"}
    nodes = {"worker": {"probe": probe}}
    external = {"toxiproxy": "127.0.0.1:8474", "addresses": addresses, "nodes": nodes}
    workers: Any = [{"name": "worker"}]
    return Target.model_validate(
        {"name": "t", "app": "t", "runtime": "external", "workers": workers, "external": external}
    )


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Lets these workers answer on the broker: name -> (pid, queue)."""

    def answering(**workers: tuple[int, str]) -> None:
        told = {name: {"pid": pid, "queues": [queue]} for name, (pid, queue) in workers.items()}

        class Inquiry:
            def __init__(self, address: Address) -> None: ...

            def workers(self) -> Any:
                return told

            def close(self) -> None: ...

        monkeypatch.setattr(identity, "Inquiry", Inquiry)

    return answering


def test_a_worker_and_its_probe_tell_the_same_pid(
    target: Target, write: Callable[..., Path], answering: Callable[..., None]
) -> None:
    # Given a worker that answers, and one of another queue that is nobody's matter
    write(pid=7)
    answering(ours=(7, "celery"), others=(8, "other"))
    identity.refuse_unseen(CLIENT, target, silent)
    assert identity.strangers(CLIENT, target) is None


def test_a_worker_that_nobody_watches_is_named(
    target: Target, write: Callable[..., Path], answering: Callable[..., None]
) -> None:
    # What it took would look lost
    write(pid=7)
    answering(ours=(7, "celery"), stranger=(8, "celery"))
    with pytest.raises(CrucibleError, match=r"stranger \(pid 8\) reads the target's queues") as e:
        identity.refuse_unseen(CLIENT, target, silent)
    assert e.value.exit_code is Exit.USAGE
    assert "stranger" in (identity.strangers(CLIENT, target) or "")


@pytest.mark.parametrize("workers", [{}, {"ours": (9, "celery")}, {"ours": (7, "other")}])
def test_a_probe_file_whose_worker_does_not_answer(
    target: Target,
    write: Callable[..., Path],
    answering: Callable[..., None],
    workers: dict[str, tuple[int, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Gone, another process than the one that wrote it, or one that reads other queues
    write(pid=7)
    answering(**workers)
    monkeypatch.setattr(identity, "ANSWERS_WITHIN_S", 0.0)
    with pytest.raises(CrucibleError, match=r"worker did not answer .* tells of pid 7"):
        identity.refuse_unseen(CLIENT, target, silent)


def test_a_worker_that_comes_back_to_its_broker_is_waited_for(
    target: Target, write: Callable[..., Path], answering: Callable[..., None]
) -> None:
    # Given one that does not answer yet: its link was cut a moment ago
    write(pid=7)
    answering()
    said: list[str] = []

    def progress(text: str) -> None:
        # Then nobody is refused, and a person is told what is waited for
        said.append(text)
        answering(ours=(7, "celery"))

    identity.refuse_unseen(CLIENT, target, progress)
    assert said[0] == "waiting for a worker that does not answer yet"


def test_evidence_of_another_clock_is_refused(
    target: Target, write: Callable[..., Path], answering: Callable[..., None]
) -> None:
    # A machine that booted an hour earlier
    write(ahead_s=3600)
    answering(ours=(7, "celery"))
    with pytest.raises(CrucibleError, match="another machine's clock"):
        identity.refuse_unseen(CLIENT, target, silent)


def test_a_file_of_another_node_is_refused(
    target: Target, write: Callable[..., Path], answering: Callable[..., None]
) -> None:
    write(node="celery-1")
    answering(ours=(7, "celery"))
    with pytest.raises(CrucibleError, match="calls itself 'celery-1'") as caught:
        identity.refuse_unseen(CLIENT, target, silent)
    assert "CRUCIBLE_NODE=worker" in caught.value.hint


def test_a_torn_last_line_is_tolerated(
    target: Target, write: Callable[..., Path], answering: Callable[..., None]
) -> None:
    # And a line that another process appended to a torn one
    torn = '{"mono":1,"wall'
    file = write(pid=7)
    file.write_text(torn + file.read_text() + torn)
    answering(ours=(7, "celery"))
    identity.refuse_unseen(CLIENT, target, silent)


def test_a_file_in_which_nobody_was_ever_ready(
    target: Target, write: Callable[..., Path], answering: Callable[..., None]
) -> None:
    write().write_text("")
    answering(ours=(7, "celery"))
    with pytest.raises(CrucibleError, match="No worker has ever been ready"):
        identity.refuse_unseen(CLIENT, target, silent)
