from typing import Any

from chaos.faults.service_error import ServiceError
from harness.session import Session


def test_nothing_is_done_and_it_may_work_later(session: Session, gateway: Any) -> None:
    # Given a gateway that is out of order for two requests
    before, fault = gateway.charged(), ServiceError("gateway", count=2)
    fault.inject(session)
    assert fault.proof(session) is None

    # When it is asked twice, then it fails twice and charges nobody
    assert gateway.charge().result(10) == 503
    assert fault.proof(session) is None
    assert gateway.charge().result(10) == 503
    assert fault.proof(session) == "gateway failed 2 requests"
    assert gateway.charged() == before

    # And when it is healed, it works
    fault.heal(session)
    assert gateway.charge().result(10) == 201
