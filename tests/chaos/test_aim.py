"""Aimed faults on the plain system: what is hit is in the state aimed at, and nowhere else."""

import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace

import pytest

from chaos import aim
from chaos.aim import Aim, Moment, reached
from chaos.faults.kill_node import KillNode
from chaos.faults.link_down import LinkDown
from chaos.injection import Injector
from harness.checkers.faults_took_effect import FaultsTookEffect
from harness.client.publisher import Enqueue
from harness.errors import CrucibleError, Exit
from harness.event import (
    FAULT_HEALED,
    FAULT_INJECTED,
    INVOKE,
    RECEIVED,
    RETRIED,
    STARTED,
    SUCCEEDED,
    Event,
)
from harness.history import History
from harness.session import Session
from harness.verdict import Outcome

Ask = Callable[..., AbstractContextManager[None]]


@pytest.fixture
def ask(session: Session) -> Ask:
    """``with ask(task, args, times):`` enqueues while the block aims."""

    @contextmanager
    def ask(task: str, args: Sequence[object] = (), times: int = 1) -> Iterator[None]:
        with ThreadPoolExecutor(1) as pool:
            asking = pool.submit(enqueue, task, args, times)
            yield
            asking.result()

    def enqueue(task: str, args: Sequence[object], times: int) -> None:
        # Whoever aims is not told of: it may begin any time now, hence not all at once.
        assert session.recorder.wait_for(lambda: bool(session.stack.hold.standing), 20)
        for _ in range(times):
            session.publisher.enqueue(Enqueue(task, args))

    return ask


def types_of(session: Session, id_: str) -> list[str]:
    session.recorder.gather()
    return [event.type for event in session.recorder.events if event.id == id_]


@pytest.mark.parametrize(
    ("state", "task", "args", "seen", "not_yet"),
    [
        (aim.received("plain.add"), "plain.add", [1, 2], RECEIVED, STARTED),
        (aim.started("plain.add"), "plain.add", [1, 2], STARTED, SUCCEEDED),
        (aim.storing("plain.keep"), "plain.keep", [1], STARTED, SUCCEEDED),
        (aim.done("plain.add"), "plain.add", [1, 2], SUCCEEDED, ""),
        (aim.retry_scheduled("plain.stumble"), "plain.stumble", [1], RETRIED, SUCCEEDED),
    ],
    ids=lambda each: each.state if isinstance(each, Aim) else "",
)
def test_a_task_stays_in_its_state_until_the_block_ends(
    state: Aim,
    task: str,
    args: list[object],
    seen: str,
    not_yet: str,
    session: Session,
    ask: Ask,
    ends: Callable[[str], Event],
) -> None:
    # Given a task that is on its way into the state
    with ask(task, args), reached(session, state) as moment:
        assert (moment.name, moment.node) == (task, "worker")
        # When others come and go, then it stays where it is
        other = Enqueue("plain.add", [3, 4])
        session.publisher.enqueue(other)
        if state.state != "received":  # which holds the main process, and so everybody
            ends(other.id)
        assert seen in types_of(session, moment.id)
        if state.state != "retry":  # whose next attempt may be run by the other child
            assert not_yet not in types_of(session, moment.id)
    # And goes on afterwards
    assert ends(moment.id).type == SUCCEEDED


def test_an_effect_is_there_and_not_acknowledged(session: Session, ask: Ask) -> None:
    # Given a task whose body has returned
    with ask("plain.add", [1, 2]), reached(session, aim.done("plain.add")) as moment:
        # Then the broker still counts it as unacknowledged
        assert SUCCEEDED in types_of(session, moment.id)
        assert sum(depth.unacked for depth in session.backlog.depths().values()) == 1
    assert session.recorder.wait_for(
        lambda: not any(map(sum, session.backlog.depths().values())), 9
    )


def test_the_nth_is_counted_over_all_processes(session: Session, ask: Ask, first: int) -> None:
    with ask("plain.add", [1, 2], 7), reached(session, aim.started("plain.add", nth=5)) as moment:
        events = session.recorder.events[first:]
        begun = [e.id for e in events if e.type == STARTED and e.mono <= moment.mono]
        # The other process may have begun one more between this one's event and its count.
        assert len(begun) in (5, 6)
        assert moment.id in begun[-2:]


def test_a_chord_is_hit_when_k_of_its_header_are_done(
    session: Session, ask: Ask, first: int, eventually: Callable[..., None]
) -> None:
    header = aim.chord_header(2, 3, "plain.keep")
    with ask("plain.gather", [3]), reached(session, header) as moment:
        kept = [e for e in session.recorder.events[first:] if e.name == "plain.keep"]
        assert sum(e.type == SUCCEEDED and e.mono <= moment.mono for e in kept) in (2, 3)
    eventually(lambda: any(e.name == "plain.total" for e in session.recorder.events[first:]))


def test_a_killed_worker_dies_with_the_task_in_its_hands(
    session: Session, inject: Injector, ask: Ask, told: Callable[[], list[Event]]
) -> None:
    # When a worker is killed with a task that is done and not acknowledged
    fault = KillNode("worker", signal.SIGKILL, group=True)
    with ask("plain.add", [1, 2]), inject(fault, when=aim.done("plain.add")):
        pass
    # Then the history tells at what it was aimed, and how close it came
    injected = told()[0]
    hit = injected.detail["aim"]
    assert (hit["at"], hit["node"], hit["held"]) == ("done of plain.add", "worker", True)
    assert 0 < hit["distance_ms"] <= (injected.mono - hit["mono"]) / 1e6
    # And the task, done as it was, comes back and is done once more
    twice = lambda: types_of(session, hit["id"]).count(SUCCEEDED) == 2  # noqa: E731
    assert session.recorder.wait_for(twice, 30)


def test_an_operation_is_followed_at_once_or_the_fault_has_missed(
    session: Session, inject: Injector, told: Callable[[], list[Event]], first: int
) -> None:
    # Given somebody who asks for more and more
    stop = []

    def keep_asking() -> None:
        while not stop:
            session.publisher.enqueue(Enqueue("plain.add", [1, 2]))
            session.recorder.wait_for(lambda: False, 0.01)

    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(keep_asking)
        # When the third operation is aimed at
        with inject(LinkDown("worker->broker"), when=aim.operation(3)):
            stop.append(True)
        asking.result()
    injected, *_, healed = told()
    hit = injected.detail["aim"]
    assert not hit["held"]
    assert hit["id"] in {e.id for e in session.recorder.events if e.type == INVOKE}
    # Then it counts if it was in within 20 ms, and else says that it was not
    verdict = FaultsTookEffect().check(History(session.recorder.events[first:]))
    if "missed" in healed.detail:
        assert verdict.outcome is Outcome.UNKNOWN
        assert "missed its aim" in verdict.evidence[0].sentence
    else:
        assert hit["distance_ms"] <= aim.DISTANCE_MS_MAX


def test_a_moment_that_does_not_come_breaks_nothing(
    session: Session, inject: Injector, told: Callable[[], list[Event]]
) -> None:
    never = replace(aim.started("plain.none"), seconds_max=0.2)
    did_not_come = pytest.raises(CrucibleError, match=r"started of plain\.none did not happen")
    with did_not_come as error:  # noqa: SIM117
        with inject(LinkDown("worker->broker"), when=never):
            pass
    assert error.value.exit_code is Exit.UNKNOWN
    assert told() == []
    assert session.stack.link("worker->broker").enabled


def event(type_: str, mono: int, **detail: object) -> Event:
    return Event(mono, 0, "crucible", type_, "kill-node-1", "kill-node", detail)


def test_a_missed_aim_is_unknown_and_says_so() -> None:
    # Given a fault that came too late, whatever it did then
    moment = Moment(aim.operation(1), "a", "b", "client", 0)
    why = moment.missed(31_000_000)
    assert why == "it came 31.0 ms after operation (at most 20)"
    assert moment.missed(20_000_000) is None
    events = [event(FAULT_INJECTED, 1), event(FAULT_HEALED, 2, in_flight=3, missed=why)]
    # Then nothing was put to the test
    verdict = FaultsTookEffect().check(History(events))
    assert verdict.outcome is Outcome.UNKNOWN
    assert "missed its aim: it came 31.0 ms after operation" in verdict.evidence[0].sentence


@pytest.mark.parametrize(("k", "n"), [(0, 3), (4, 3)])
def test_a_chord_has_no_such_header(k: int, n: int) -> None:
    with pytest.raises(CrucibleError, match="no chord header"):
        aim.chord_header(k, n)


def test_aims_read_as_people_say_them() -> None:
    said = [aim.started("a.b", node="worker", nth=3), aim.chord_header(2, 5), aim.operation(10)]
    assert [str(each) for each in said] == [
        "started of a.b on worker (number 3)",
        "chord header 2 of 5",
        "operation (number 10)",
    ]
