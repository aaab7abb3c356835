"""Hands a stack to the next scenario as if it were new, without starting it anew.

Links open and without toxics, services with empty ledgers, the database as set-up left it.
"""

from typing import Final

import httpx
import psycopg

from harness import database_baseline
from harness.brokers import BROKERS
from harness.brokers.broker import BROKER, BrokerSilentError
from harness.errors import CrucibleError, Exit
from harness.servers import postgres
from harness.stack import Stack
from harness.wiring import DATABASE, Wiring

REQUEST_SECONDS_MAX: Final = 5.0


def clean(stack: Stack) -> None:
    """Clean everything that scenarios leave behind; of a system that is not ours, the links alone.

    Raises:
        CrucibleError: something could not be cleaned, so that a scenario would judge another's.
    """
    stack.heal_links()
    if stack.foreign:
        return  # its data are others'
    reset_services(stack.wiring)
    if stack.settings.target.database:
        _restore_database(stack)


def reset_services(wiring: Wiring) -> None:
    """Let the target's services forget what they were asked.

    Raises:
        CrucibleError: one does not answer.
    """
    # One client, without the certificates of all the world: loading them takes 50 ms.
    with httpx.Client(timeout=REQUEST_SECONDS_MAX, trust_env=False, verify=False) as client:
        for name in wiring.target.services:
            _reset_service(client, wiring, name)


def purge(stack: Stack) -> None:
    """Drop what waits in the target's queues.

    Raises:
        CrucibleError: the broker does not answer, or is not ours to empty.
    """
    if stack.foreign:
        raise CrucibleError(
            "The system runs elsewhere: its queues are not emptied.",
            hint="Wait until its work is done, or end who asks for it.",
            exit_code=Exit.UNKNOWN,
        )
    target = stack.settings.target
    try:
        BROKERS[target.broker].purge(stack.address(BROKER), target.queues)
    except BrokerSilentError as error:
        raise _not_clean("the broker does not answer", error) from error


def _reset_service(client: httpx.Client, wiring: Wiring, name: str) -> None:
    control = wiring.controls[name].outside
    try:
        client.post(f"http://{control}/reset").raise_for_status()
    except httpx.HTTPError as error:
        raise _not_clean(f"the service {name} did not forget", error) from error


def _restore_database(stack: Stack) -> None:
    address = stack.address(DATABASE)
    url = postgres.url(address.port, address.host)
    try:
        database_baseline.restore(url, stack.settings.target.keep_tables)
    except psycopg.Error as error:
        raise _not_clean("the database could not be restored", error) from error


def _not_clean(what: str, error: Exception) -> CrucibleError:
    return CrucibleError(
        f"The stack could not be cleaned for the next scenario: {what} "
        f"({type(error).__name__}: {error}).",
        hint="See the nodes' logs in the run directory.",
        exit_code=Exit.UNKNOWN,
    )
