from collections.abc import Callable
from typing import Any

from chaos.faults.poison_payload import PoisonPayload
from harness.session import Session


def test_it_goes_all_the_way(
    session: Session, proves: Any, eventually: Callable[..., None]
) -> None:
    fault = PoisonPayload(megabytes=5)
    with proves(fault) as proof:
        assert proof == f"worker took 5 MB as task {fault._id}"
    eventually(lambda: f"{fault._id}] succeeded" in session.stack.node("worker").logs())
