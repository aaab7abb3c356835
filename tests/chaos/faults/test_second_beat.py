import sys
from dataclasses import replace
from typing import Any

import pytest

from chaos.faults.second_beat import SECOND, SecondBeat
from chaos.means.twin import twin
from harness.errors import CrucibleError
from harness.event import NODE_EXITED, PUBLISHED
from harness.session import Session


@pytest.fixture
def session(database_session: Session) -> Session:
    return database_session


def test_both_publish_until_one_is_ended(session: Session, proves: Any) -> None:
    # When there is a second beat, then both ask for the same
    with proves(SecondBeat()) as proof:
        assert proof == f"plain.tick was published by beat and by {SECOND}"
        assert session.stack.node(SECOND).pid

    # And when it is healed, only the first goes on
    assert SECOND not in session.stack.nodes
    healed = len(session.recorder.events)

    def published() -> list[str]:
        events = session.recorder.events[healed:]
        return [e.node for e in events if e.type == PUBLISHED]

    assert session.recorder.wait_for(lambda: len(published()) >= 2, 10)
    assert set(published()) == {"beat"}


def test_it_can_be_done_again(session: Session, proves: Any) -> None:
    with proves(SecondBeat()) as proof:
        assert proof


def test_one_that_ends_while_it_starts_is_not_held_against_the_target(
    session: Session, first: int
) -> None:
    # Given a node of a fault's own that ends at once
    second = twin(session, "beat", SECOND, {}, {})
    spec = replace(second, argv=(sys.executable, "-c", "raise SystemExit(1)"))
    with pytest.raises(CrucibleError, match="ended before it was ready"):
        session.stack.add(spec)
    # Then its end is no evidence of a node that does not stay up
    (exited,) = [e for e in session.recorder.events[first:] if e.type == NODE_EXITED]
    assert exited.detail["expected"], exited
    assert exited.detail["cause"].startswith("added by a fault; exit code")
