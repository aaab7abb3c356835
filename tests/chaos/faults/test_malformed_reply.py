from typing import Any

import httpx

from chaos.faults.malformed_reply import MalformedReply
from harness.session import Session

CHARGE = {"amount": 100, "order_reference": "malformed", "customer_id": 1}


def test_it_is_done_and_nobody_can_read_the_answer(session: Session, gateway: Any) -> None:
    # Given a gateway that answers gibberish
    before, fault = gateway.charged(), MalformedReply("gateway")
    fault.inject(session)
    assert fault.proof(session) is None

    # When it is asked for a charge, then it makes it and its answer is no JSON
    url = f"http://{session.stack.link('worker->gateway').listen}/charges"
    answer = httpx.post(url, json=CHARGE, trust_env=False)
    assert (answer.status_code, answer.text) == (201, "<html>oops")
    assert gateway.charged() == before + 1
    assert fault.proof(session) == "gateway answered gibberish to 1 requests"

    # And when it is healed, it can be read
    fault.heal(session)
    assert httpx.post(url, json=CHARGE, trust_env=False).json()["status"] == "charged"
