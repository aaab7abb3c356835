"""The broker's own words, past every link: a connection to its Redis for faults to use."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from harness.brokers.broker import BROKER
from harness.errors import CrucibleError, Exit
from harness.node import Address
from harness.session import Session

ASK_SECONDS_MAX: Final = 5.0


@contextmanager
def connected(address: Address) -> Iterator[Any]:
    """A client of the Redis at ``address`` that never tries twice.

    Raises:
        CrucibleError: it did not do what it was asked.
    """
    once = Retry(NoBackoff(), 0)
    try:
        with redis.Redis(
            *address, socket_timeout=ASK_SECONDS_MAX, retry=once, decode_responses=True
        ) as client:
            yield client
    except redis.RedisError as error:
        raise CrucibleError(
            f"Redis at {address}: {error or type(error).__name__}.",
            hint="See nodes/broker.log in the run directory.",
            exit_code=Exit.ABORTED,
        ) from error


def broker(session: Session) -> Any:
    """``with broker(session) as client: ...``: a client of the stack's broker."""
    return connected(session.stack.address(BROKER))
