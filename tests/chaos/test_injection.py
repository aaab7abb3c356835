from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import pytest

from chaos.fault import Fault
from chaos.injection import Injector
from harness.event import FAULT_EFFECTIVE, FAULT_HEALED, FAULT_INJECTED, Event
from harness.session import Session


@dataclass
class Scripted(Fault):
    """A fault that proves itself when asked often enough, and notes what is done with it."""

    name: ClassVar[str] = "scripted"
    node: str = "worker"
    asks_until_proof: int = 1
    error: str = ""
    _asked: int = 0
    _healed: int = 0

    @property
    def target(self) -> str:
        return self.node

    def inject(self, session: Session) -> None:
        if self.error:
            raise RuntimeError(self.error)

    def proof(self, session: Session) -> str | None:
        self._asked += 1
        return "it is broken" if self._asked >= self.asks_until_proof else None

    def heal(self, session: Session) -> None:
        self._healed += 1


def types(events: list[Event]) -> list[str]:
    return [event.type for event in events]


def test_the_block_begins_once_the_fault_is_proved(
    inject: Injector, told: Callable[[], list[Event]]
) -> None:
    fault = Scripted(asks_until_proof=3)
    with inject(fault):
        assert types(told()) == [FAULT_INJECTED, FAULT_EFFECTIVE]
        assert told()[1].detail["proof"] == "it is broken"
    assert types(told()) == [FAULT_INJECTED, FAULT_EFFECTIVE, FAULT_HEALED]
    assert len({event.id for event in told()}) == 1
    assert fault._healed == 1


def test_settings_are_stored_without_what_is_private(
    inject: Injector, told: Callable[[], list[Event]]
) -> None:
    with inject(Scripted()):
        pass
    settings = {"node": "worker", "asks_until_proof": 1, "error": ""}
    assert told()[0].detail == {"target": "worker", "settings": settings}


def test_a_fault_is_healed_whatever_happens_in_the_block(
    inject: Injector, told: Callable[[], list[Event]]
) -> None:
    fault = Scripted()
    with pytest.raises(RuntimeError, match="in the block"), inject(fault):
        raise RuntimeError("in the block")
    assert fault._healed == 1
    assert types(told())[-1] == FAULT_HEALED


def test_a_fault_that_cannot_be_injected_is_healed_and_never_effective(
    inject: Injector, told: Callable[[], list[Event]]
) -> None:
    fault = Scripted(error="no")
    with pytest.raises(RuntimeError, match="no"), inject(fault):
        pass
    assert fault._healed == 1
    assert types(told()) == [FAULT_INJECTED, FAULT_HEALED]


def test_the_same_fault_twice_has_two_ids(
    inject: Injector, told: Callable[[], list[Event]]
) -> None:
    for _ in range(2):
        with inject(Scripted()):
            pass
    assert len({event.id for event in told()}) == 2


def test_tasks_in_flight_are_counted(
    inject: Injector, start: Callable[..., str], told: Callable[[], list[Event]]
) -> None:
    start("plain.nap", [0.3])
    with inject(Scripted()):
        assert told()[1].detail["in_flight"] == 1
