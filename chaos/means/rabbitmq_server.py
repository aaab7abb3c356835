"""The broker's own words: what its RabbitMQ tells, and does, on its control port."""

import socket
from typing import Final, TextIO

from harness.brokers.broker import BROKER
from harness.errors import CrucibleError, Exit
from harness.session import Session

ASK_SECONDS_MAX: Final = 10.0


def ask(session: Session, order: str) -> list[str]:
    """The lines that it answers; ``harness/brokers/rabbitmq_depths.erl`` lists the orders.

    Raises:
        CrucibleError: it does not answer.
    """
    control = session.stack.node(BROKER).spec.control
    assert control
    try:
        with socket.create_connection(control, ASK_SECONDS_MAX) as connection:
            connection.sendall(f"{order}\n".encode())
            with connection.makefile() as lines:
                return _until_empty(lines)
    except OSError as error:
        raise _failed(order, str(error)) from error


def _until_empty(lines: TextIO) -> list[str]:
    answer: list[str] = []
    for line in lines:
        if line == "\n":
            return answer
        answer.append(line.rstrip("\n"))
    raise OSError("it hung up in the middle of its answer")


def _failed(order: str, why: str) -> CrucibleError:
    return CrucibleError(
        f"RabbitMQ did not do as it was told ({order}): {why}.",
        hint="See nodes/broker.log in the run directory.",
        exit_code=Exit.ABORTED,
    )
