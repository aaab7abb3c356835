import threading
from collections.abc import Callable
from typing import Any

import pytest

from chaos.faults.lost_reply import LostReply
from chaos.injection import Injector
from harness.errors import CrucibleError
from harness.event import FAULT_EFFECTIVE, FAULT_HEALED, FAULT_INJECTED, Event
from harness.session import Session


def test_the_charge_is_made_and_its_reply_never_comes(
    session: Session, gateway: Any, failing: Callable[[Any], str]
) -> None:
    # Given a gateway that shall lose the next reply; there is no proof before it did
    before = gateway.charged()
    fault = LostReply("gateway")
    fault.inject(session)
    assert fault.proof(session) is None

    # When it is asked for a charge, then nobody answers, and yet the charge is in its ledger
    assert failing(gateway.charge()) in ("RemoteProtocolError", "ReadError")
    assert gateway.charged() == before + 1
    assert (
        fault.proof(session) == "gateway did as it was asked and withheld its reply to 1 requests"
    )

    # And when it is healed, it answers again
    fault.heal(session)
    assert gateway.charge().result(10) == 201


def test_injecting_waits_for_the_reply_to_be_lost(
    inject: Injector, gateway: Any, told: Callable[[], list[Event]]
) -> None:
    # Given somebody who charges until no reply comes
    def charge() -> None:
        while gateway.charge().exception(10) is None:
            continue

    charging = threading.Thread(target=charge)
    charging.start()

    # When the fault is injected, then it was effective before the block begins
    with inject(LostReply("gateway")):
        charging.join()
        assert [event.type for event in told()] == [FAULT_INJECTED, FAULT_EFFECTIVE]
    assert told()[-1].type == FAULT_HEALED


def test_healing_forgets_replies_that_were_still_to_be_lost(session: Session, gateway: Any) -> None:
    fault = LostReply("gateway", count=5)
    fault.inject(session)
    assert fault.proof(session) is None
    fault.heal(session)
    assert gateway.charge().result(10) == 201


def test_a_node_without_a_control_port_is_refused(session: Session) -> None:
    with pytest.raises(CrucibleError, match="no control port"):
        LostReply("broker").inject(session)
