"""A scenario's phases on the plain system, and what its judgement rests on."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from harness import scenario as module
from harness.client.publisher import Enqueue
from harness.errors import CrucibleError, Exit
from harness.event import NODE_UP, PHASE, SCENARIO, Event
from harness.history import History
from harness.known_weakness import KnownWeakness
from harness.scenario import (
    NotKeptError,
    Scenario,
    ScenarioPlan,
    judge_all,
    until_judged,
)
from harness.session import Session
from harness.verdict import Outcome

SEED = 7


@pytest.fixture
def begun(session: Session) -> Callable[..., Scenario]:
    """A scenario that has begun."""

    def begin(name: str = "example", seed: int = SEED, **guarantees: Any) -> Scenario:
        promised = {key.replace("_", "-"): value for key, value in guarantees.items()}
        plan = ScenarioPlan(name, "", seed, "", promised or {"no-task-lost": {}})
        scenario = Scenario(plan, session)
        scenario.begin()
        return scenario

    return begin


def test_it_marks_the_history_and_says_who_is_up(
    begun: Callable[..., Scenario], session: Session
) -> None:
    events = begun().history().events
    assert (events[0].type, events[0].id, events[0].detail) == (SCENARIO, "example", {"seed": SEED})
    assert (events[1].type, events[1].name) == (PHASE, "start")
    up = {event.id: event.detail for event in events if event.type == NODE_UP}
    assert up.keys() == {"toxiproxy", "broker", "client", "worker", "gateway"}
    # And a worker's queues and children, which it told of long before
    worker = session.stack.node("worker")
    assert up["worker"] == {
        "pid": worker.pid,
        "restarts": worker.restarts,
        "queues": ["celery"],
        "concurrency": 2,
        "children": worker.children(),
    }


def test_a_whole_scenario_goes_through_its_phases_and_is_valid(
    begun: Callable[..., Scenario],
) -> None:
    scenario = begun()
    scenario.steady([Enqueue("plain.add", [1, 2]) for _ in range(20)], rate=200)
    with scenario.disturb():
        pass
    scenario.judge()
    assert scenario.judgement
    assert scenario.judgement.outcome is Outcome.VALID
    phases = [event.name for event in scenario.history() if event.type == PHASE]
    assert phases == ["start", "steady", "disturb", "heal", "drain", "drain", "read", "judge"]
    last_drain = [e.detail for e in scenario.history() if e.name == "drain"][-1]
    assert last_drain["quiet"] is True


def test_a_promise_that_is_not_kept_fails_its_test(begun: Callable[..., Scenario]) -> None:
    # Given a fault that was promised and none that was injected
    scenario = begun(faults_took_effect={})
    with pytest.raises(NotKeptError, match="faults-took-effect is unknown: No fault"):
        scenario.judge()


def test_a_system_that_is_not_healthy_is_not_judged(
    begun: Callable[..., Scenario], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Given tasks that all fail, and little time
    monkeypatch.setattr(module, "STEADY_SECONDS_MAX", 0.5)
    scenario = begun()
    with pytest.raises(CrucibleError, match="not healthy before any fault") as error:
        scenario.steady([Enqueue("plain.explode")] * 3, rate=100)
    assert error.value.exit_code is Exit.UNKNOWN
    judgement = scenario.fail(str(error.value))
    assert judgement.outcome is Outcome.UNKNOWN


class PlannedError(Exception):
    """Carries the arrival times a scenario has planned."""


class Arrivals:
    """Takes a workload's place."""

    def __init__(self, actions: Sequence[Any], arrivals: Sequence[float], *_: object) -> None:
        raise PlannedError(tuple(arrivals))


def test_seed_and_name_decide_the_arrivals(
    begun: Callable[..., Scenario], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "Workload", Arrivals)

    def arrivals(name: str, seed: int) -> tuple[float, ...]:
        with pytest.raises(PlannedError) as planned:
            begun(name, seed).steady([Enqueue("plain.add")] * 50, rate=30)
        return tuple(planned.value.args[0])

    assert arrivals("a", 1) == arrivals("a", 1)
    assert len({arrivals("a", 1), arrivals("a", 2), arrivals("b", 1)}) == 3


def phase(name: str, mono: int) -> Event:
    return Event(mono, 0, "crucible", PHASE, "x", name)


def test_what_follows_the_judgement_is_not_judged() -> None:
    events = [phase("start", 1), phase("judge", 2), phase("later", 3)]
    part = until_judged(History(events, first_line=9))
    assert [event.name for event in part] == ["start", "judge"]
    assert part.line(0) == 9
    # Without a judgement, all there is
    assert len(until_judged(History(events[:1]))) == 1
    assert len(until_judged(History(()))) == 0


def test_a_weakness_is_excused_only_where_it_is_declared() -> None:
    guarantees: dict[str, dict[str, Any]] = {"no-task-lost": {}, "nodes-stay-up": {}}
    weakness = KnownWeakness("no-task-lost", "the transport is lossy")
    lost, up = judge_all(guarantees, [weakness], History(()))
    assert lost.known_weakness == "the transport is lossy"
    assert up.known_weakness is None


def test_work_that_was_left_behind_is_dropped_before_the_next(
    session: Session, eventually: Callable[..., None]
) -> None:
    # Given naps of ten minutes: two are taken, the others wait
    for _ in range(4):
        session.publisher.enqueue(Enqueue("plain.nap", [600]))
    eventually(lambda: len(session.tracker.running) == 2, 30)

    # When the next scenario begins, which will not wait for long
    plan = ScenarioPlan("next", "", SEED, "", {"no-task-lost": {}}, drain_seconds_max=5)
    scenario = Scenario(plan, session)
    scenario.begin()

    # Then nothing of it is left, and the stack serves
    assert not session.tracker.running
    assert not any(map(sum, session.backlog.depths().values()))
    scenario.steady([Enqueue("plain.add", [1, 2]) for _ in range(20)], rate=200)
