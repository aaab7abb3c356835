"""A poison that no worker takes does not outlive its fault."""

from collections.abc import Callable, Iterator

import pytest

from chaos.faults.malformed_message import MalformedMessage
from chaos.faults.undecodable_arguments import UndecodableArguments
from chaos.poison_message import PoisonMessage
from chaos.redis_server import broker
from harness.client.publisher import Enqueue
from harness.errors import CrucibleError, Exit
from harness.event import PURGED, SUCCEEDED, Event
from harness.node import Node
from harness.session import Session


@pytest.fixture(params=["redis", "rabbitmq"])
def either_session(request: pytest.FixtureRequest) -> Session:
    """The plain system, on one broker and on the other."""
    name = "session" if request.param == "redis" else "rabbitmq_session"
    session: Session = request.getfixturevalue(name)
    return session


@pytest.fixture
def no_worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Session], Node]]:
    """Stops the worker, so that nobody need wait for its word; it runs again afterwards."""
    stopped: list[Node] = []

    def stop(session: Session) -> Node:
        stopped.append(session.stack.node("worker"))
        stopped[-1].stop()
        return stopped[-1]

    monkeypatch.setattr("chaos.poison_message.TOLD_SECONDS_MAX", 0.2)
    yield stop
    for worker in stopped:
        if worker.pid is None:
            worker.start()


def purged(session: Session) -> list[Event]:
    return [event for event in session.recorder.events if event.type == PURGED]


@pytest.mark.parametrize("fault", [MalformedMessage(), UndecodableArguments()])
def test_what_no_worker_takes_is_taken_out_and_nothing_else(
    fault: PoisonMessage,
    either_session: Session,
    no_worker: Callable[[Session], Node],
    eventually: Callable[..., None],
) -> None:
    # Given no worker, and a poison between two tasks
    session, before = either_session, len(purged(either_session))
    worker = no_worker(session)
    tasks = [Enqueue("plain.add", [1, 2]) for _ in range(2)]
    session.publisher.enqueue(tasks[0])
    fault.inject(session)
    session.publisher.enqueue(tasks[1])
    mark = fault._mark

    # When it is healed, then the history tells that it was taken out, once
    fault.heal(session)
    fault.heal(session)
    (told,) = purged(session)[before:]
    assert (told.id, told.name, told.detail) == (mark, fault.name, {"queue": "celery"})

    # And a worker that comes does the tasks, and meets no poison
    end = worker.mark()
    worker.start()
    eventually(lambda: {t.id for t in tasks} <= _succeeded(session), 30)
    assert mark not in worker.logs(end)


def test_what_somebody_took_without_a_word_is_not_healed(
    session: Session, no_worker: Callable[[Session], Node]
) -> None:
    # Given a poison that somebody has taken and holds
    fault, before = UndecodableArguments(), len(purged(session))
    no_worker(session)
    fault.inject(session)
    with broker(session) as client:
        held = client.rpop("celery")
    assert fault._mark in held

    # When it is healed, then nobody claims that it is
    with pytest.raises(CrucibleError, match="Nobody knows what became of") as error:
        fault.heal(session)
    assert error.value.exit_code is Exit.UNKNOWN
    assert len(purged(session)) == before

    # And once it is given back, it can be
    with broker(session) as client:
        client.rpush("celery", held)
    fault.heal(session)
    assert len(purged(session)) == before + 1


def _succeeded(session: Session) -> set[str]:
    return {event.id for event in session.recorder.events if event.type == SUCCEEDED}
