"""A poison that no worker takes does not outlive its fault."""

from collections.abc import Callable, Iterator
from typing import Any

import kombu
import pytest

from chaos.faults.malformed_message import MalformedMessage
from chaos.faults.undecodable_arguments import UndecodableArguments
from chaos.means.broker_message import put
from chaos.means.poison_message import PoisonMessage
from chaos.means.redis_server import broker
from harness.brokers import BROKERS
from harness.brokers.broker import BROKER
from harness.errors import CrucibleError, Exit
from harness.event import PURGED, Event
from harness.session import Session

NOBODY = "nobodys"  # a queue: a worker's last wait on its own may outlive it for a moment


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No worker will ever say a word: it need not be waited for."""
    monkeypatch.setattr("chaos.means.poison_message.TOLD_SECONDS_MAX", 0.2)


@pytest.fixture(params=["redis", "rabbitmq"])
def either_session(request: pytest.FixtureRequest) -> Session:
    """The plain system, on one broker and on the other."""
    name = "session" if request.param == "redis" else "rabbitmq_session"
    session: Session = request.getfixturevalue(name)
    return session


@pytest.fixture
def left(either_session: Session) -> Iterator[Callable[[], list[str]]]:
    """The ids of the messages in a queue that no worker reads, in their order; it is emptied."""
    url = BROKERS[either_session.stack.settings.target.broker].url(
        either_session.stack.address(BROKER)
    )
    typed: Any = kombu  # which declares nothing
    with typed.Connection(url) as connection, connection.channel() as channel:
        channel.queue_declare(NOBODY, durable=True, auto_delete=False)

        def left() -> list[str]:
            messages = iter(lambda: channel.basic_get(NOBODY, no_ack=True), None)
            return [message.properties["message_id"] for message in messages]

        yield left
        channel.queue_delete(NOBODY)


def purged(session: Session) -> list[Event]:
    return [event for event in session.recorder.events if event.type == PURGED]


@pytest.mark.parametrize("kind", [MalformedMessage, UndecodableArguments])
def test_what_no_worker_takes_is_taken_out_and_nothing_else(
    kind: type[PoisonMessage], either_session: Session, left: Callable[[], list[str]]
) -> None:
    # Given a poison between two other messages, and no worker
    session, before, fault = either_session, len(purged(either_session)), kind(NOBODY)
    put(session, NOBODY, b"{}", "first")
    fault.inject(session)
    put(session, NOBODY, b"{}", "last")
    mark = fault._mark

    # When it is healed, then the history tells that it was taken out
    assert fault.proof(session) is None
    fault.heal(session)
    (told,) = purged(session)[before:]
    assert (told.id, told.name, told.detail) == (mark, fault.name, {"queue": NOBODY})

    # And healing again is harmless, and the others are where they were
    fault.heal(session)
    assert purged(session)[-1] is told
    assert left() == ["first", "last"]


def test_what_somebody_took_without_a_word_is_not_healed(session: Session) -> None:
    # Given a poison that somebody has taken and holds
    fault, before = UndecodableArguments(NOBODY), len(purged(session))
    fault.inject(session)
    with broker(session) as client:
        held = client.rpop(NOBODY)
    assert fault._mark in held

    # When it is healed, then nobody claims that it is
    with pytest.raises(CrucibleError, match="Nobody knows what became of") as error:
        fault.heal(session)
    assert error.value.exit_code is Exit.UNKNOWN
    assert len(purged(session)) == before

    # And once it is given back, it can be
    with broker(session) as client:
        client.rpush(NOBODY, held)
    fault.heal(session)
    assert len(purged(session)) == before + 1
