from collections.abc import Callable

import pytest

from chaos.faults.noop import Noop
from chaos.injection import Injector
from harness.event import FAULT_HEALED, FAULT_INJECTED, Event


def test_nothing_is_broken_and_nothing_is_claimed(
    inject: Injector, told: Callable[[], list[Event]], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given little time to prove anything
    monkeypatch.setattr("chaos.injection.PROOF_SECONDS_MAX", 0.2)

    # When nothing is broken
    with inject(Noop("worker")):
        pass

    # Then it is told as injected and healed, and never as effective
    assert [event.type for event in told()] == [FAULT_INJECTED, FAULT_HEALED]
    assert told()[0].detail == {"target": "worker", "settings": {"node": "worker"}}
