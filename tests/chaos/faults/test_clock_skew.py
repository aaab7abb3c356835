import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chaos.faults.clock_skew import ClockSkew
from chaos.injection import Injector
from chaos.means import faketime
from chaos.nemesis.candidate import offers
from harness.client.publisher import Enqueue
from harness.errors import CrucibleError
from harness.event import NODE_READY, STARTED
from harness.session import Session


@pytest.mark.usefixtures("needs_faketime")
def test_its_evidence_is_an_hour_off(
    session: Session,
    proves: Any,
    start: Callable[..., str],
    succeeds: Callable[[str], bool],
    first: int,
) -> None:
    # When a worker's clock is an hour behind
    worker = session.stack.node("worker")
    spec = worker.spec
    with proves(ClockSkew("worker", -3600.0)) as proof:
        assert proof.startswith("a line of worker's evidence, ")  # a child's start, or its own
        assert proof.endswith(" is -3600 s off")

        # Then work is done all the same, with a true monotonic clock
        task = Enqueue("plain.add", [1, 2])
        session.publisher.enqueue(task)
        assert succeeds(task.id)
        began = next(e for e in session.recorder.events if e.id == task.id and e.type == STARTED)
        assert round(faketime.difference(began)) == -3600

        # And a task can sleep, and what libfaketime shares in memory is left to nobody
        assert succeeds(start("plain.nap", [0.2]))
        assert not list(Path("/dev/shm").glob(f"*faketime_*_{worker.pid}"))

    # And when it is healed, its clock is right
    assert worker.spec == spec
    ready = [e for e in session.recorder.events[first:] if e.type == NODE_READY]
    assert [round(faketime.difference(e)) for e in ready] == [-3600, 0]


@pytest.mark.usefixtures("needs_faketime")
def test_one_that_died_meanwhile_comes_back_with_the_right_time(
    session: Session, inject: Injector
) -> None:
    # Given a worker with a wrong clock that is killed, so that healing may find none
    worker = session.stack.node("worker")
    with inject(ClockSkew("worker")):
        assert worker.pid
        assert faketime.is_faked(worker.pid)
        worker.kill(signal.SIGKILL, cause="test", group=True)

    # Then the one that comes back has the right time
    assert worker.pid
    assert not faketime.is_faked(worker.pid)


def test_without_libfaketime_it_says_what_to_install(
    session: Session, inject: Injector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(os.environ, "CRUCIBLE_LIBFAKETIME", raising=False)
    monkeypatch.setattr(faketime, "PLACES", ())
    assert list(offers(ClockSkew, session)) == []
    refused = pytest.raises(CrucibleError, match=r"needs libfaketime \(the package `faketime`")
    with refused, inject(ClockSkew("worker")):
        pass
