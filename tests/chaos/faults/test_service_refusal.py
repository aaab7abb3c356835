from typing import Any

from chaos.faults.service_refusal import ServiceRefusal
from harness.session import Session


def test_nothing_is_done_for_good(session: Session, gateway: Any) -> None:
    # Given a gateway that refuses
    before, fault = gateway.charged(), ServiceRefusal("gateway")
    fault.inject(session)
    assert fault.proof(session) is None

    # When it is asked, then it declines and charges nobody
    assert gateway.charge().result(10) == 402
    assert fault.proof(session) == "gateway refused 1 requests"
    assert gateway.charged() == before

    # And when it is healed, it works
    fault.heal(session)
    assert gateway.charge().result(10) == 201
