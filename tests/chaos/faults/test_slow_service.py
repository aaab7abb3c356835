import time
from typing import Any

from chaos.faults.slow_service import SlowService
from chaos.means.service_behaviour import treated
from harness.session import Session


def test_answers_take_longer_and_are_right(session: Session, gateway: Any) -> None:
    # Given a slow gateway; there is no proof before anybody asked
    fault = SlowService("gateway", delay_seconds=0.3)
    fault.inject(session)
    assert fault.proof(session) is None

    # When it is asked for a charge, then it makes it, later
    began, before = time.monotonic(), gateway.charged()
    assert gateway.charge().result(10) == 201
    assert time.monotonic() - began >= 0.3
    assert gateway.charged() == before + 1
    assert fault.proof(session) == "gateway delayed 1 requests"

    # And when it is healed, it treats nobody so
    fault.heal(session)
    assert gateway.charge().result(10) == 201
    assert treated(session, "gateway").affected == 0
