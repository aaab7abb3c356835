"""The database's own words, past every link: a connection for faults to use."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg

from harness.errors import CrucibleError, Exit
from harness.servers import postgres
from harness.session import Session
from harness.wiring import DATABASE

OUR_NAME: Final = "crucible-fault"  # how its connections are called in pg_stat_activity
CONNECT_SECONDS_MAX: Final = 5
#: For us alone: a fault must be able to undo what it has done to everybody.
OPTIONS: Final = "-c default_transaction_read_only=off -c lock_timeout=5s"


def connect(session: Session, options: str = OPTIONS) -> "psycopg.Connection[Any]":
    """A connection of our own, each statement a transaction.

    Raises:
        psycopg.Error: the server refuses it.
    """
    address = session.stack.address(DATABASE)
    return psycopg.connect(
        postgres.url(address.port, address.host),
        autocommit=True,
        application_name=OUR_NAME,
        options=options,
        connect_timeout=CONNECT_SECONDS_MAX,
    )


@contextmanager
def connected(session: Session) -> Iterator["psycopg.Connection[Any]"]:
    """Such a connection, for a while.

    Raises:
        CrucibleError: the database did not do what it was asked.
    """
    try:
        with connect(session) as connection:
            yield connection
    except psycopg.Error as error:
        raise CrucibleError(
            f"The database: {str(error).strip() or type(error).__name__}.",
            hint="See nodes/database.log in the run directory.",
            exit_code=Exit.ABORTED,
        ) from error
