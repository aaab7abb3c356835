import os
from collections.abc import Callable
from typing import Any

import pytest

from chaos import faketime
from chaos.faults.clock_skew import ClockSkew
from harness.client.publisher import Enqueue
from harness.errors import CrucibleError
from harness.event import NODE_READY, STARTED
from harness.session import Session


@pytest.mark.usefixtures("needs_faketime")
def test_its_evidence_is_an_hour_off(
    session: Session, proves: Any, succeeds: Callable[[str], bool], first: int
) -> None:
    # When a worker's clock is an hour behind
    worker = session.stack.node("worker")
    spec = worker.spec
    with proves(ClockSkew("worker", -3600.0)) as proof:
        assert proof == "a line of worker's evidence, node-ready, is -3600 s off"

        # Then work is done all the same, with a true monotonic clock
        task = Enqueue("plain.add", [1, 2])
        session.publisher.enqueue(task)
        assert succeeds(task.id)
        began = next(e for e in session.recorder.events if e.id == task.id and e.type == STARTED)
        assert round(faketime.difference(began)) == -3600

    # And when it is healed, its clock is right
    assert worker.spec == spec
    ready = [e for e in session.recorder.events[first:] if e.type == NODE_READY]
    assert [round(faketime.difference(e)) for e in ready] == [-3600, 0]


def test_without_libfaketime_it_says_what_to_install(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(os.environ, "CRUCIBLE_LIBFAKETIME", raising=False)
    monkeypatch.setattr(faketime, "PLACES", ())
    assert list(ClockSkew.candidates(session)) == []
    with pytest.raises(CrucibleError, match="no libfaketime") as error:
        ClockSkew("worker").inject(session)
    assert "`faketime`" in error.value.hint
