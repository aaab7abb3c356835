from collections.abc import Callable
from typing import Any

from chaos.faults.held_reply import HeldReply
from harness.session import Session


def test_the_charge_is_made_and_its_reply_comes_when_it_heals(
    session: Session, gateway: Any, eventually: Callable[..., None]
) -> None:
    # Given a gateway that shall hold the next reply; there is no proof before it does
    before = gateway.charged()
    fault = HeldReply("gateway")
    fault.inject(session)
    assert fault.proof(session) is None

    # When it is asked for a charge, then the charge is made, and the one who asked waits
    answer = gateway.charge()
    eventually(lambda: fault.proof(session) is not None)
    assert gateway.charged() == before + 1
    assert not answer.done()
    assert fault.proof(session) == "gateway did as it was asked and holds its reply back"

    # And others are answered meanwhile
    assert gateway.charge().result(10) == 201
    assert not answer.done()

    # And when it is healed, so is the first; healing twice is harmless
    fault.heal(session)
    fault.heal(session)
    assert answer.result(10) == 201
    assert fault.proof(session) is None
