"""What a stack offers to a nemesis, fault by fault."""

import json
from typing import Any

import pytest
from rich.console import Console

from chaos import catalogue
from chaos.commands.dry_run import planned
from chaos.fault import Fault
from chaos.nemesis.candidate import offers
from harness.session import Session

#: Faults that have nobody to break in a plain system on Redis without database and beat.
ELSEWHERE = {
    "database-connection-limit",
    "database-disconnect",
    "database-lock",
    "database-read-only",
    "database-restart",
    "noop",
    "old-worker",
    "rabbitmq-close",
    "rabbitmq-memory-alarm",
    "rabbitmq-purge",
    "rabbitmq-restart",
    "schedule-edit",
    "second-beat",
}
#: Those that depend on what the machine has.
DEPENDING = {"clock-jump", "clock-skew"}


def offered(session: Session) -> dict[str, list[Fault]]:
    return {name: list(offers(kind, session)) for name, kind in catalogue.faults().items()}


def test_the_plain_system_offers_all_that_can_apply(session: Session) -> None:
    empty = {name for name, faults in offered(session).items() if not faults}
    assert empty - DEPENDING == ELSEWHERE


def test_with_a_database_and_a_beat_there_is_more(database_session: Session) -> None:
    filled = {name for name, faults in offered(database_session).items() if faults}
    assert {name for name in ELSEWHERE if name.startswith("database-")} <= filled
    assert "second-beat" in filled
    assert "schedule-edit" not in filled  # its schedule is not in the database
    assert "lost-reply" not in filled  # it has no services


def test_a_stack_offers_the_same_before_it_starts(
    session: Session, database_session: Session
) -> None:
    # So that a dry run prints what a run applies, and a run does not depend on those before it.
    for running in (session, database_session):
        with planned(Console(quiet=True), running.stack.settings) as made:
            assert offered(made) == offered(running)


@pytest.mark.parametrize("name", sorted(catalogue.faults()))
def test_candidates_can_be_saved_and_made_again(session: Session, name: str) -> None:
    candidates: list[Any] = offered(session)[name]
    saved = json.dumps([catalogue.describe(fault) for fault in candidates])
    assert [catalogue.make(*described) for described in json.loads(saved)] == candidates
    assert offered(session)[name] == candidates
