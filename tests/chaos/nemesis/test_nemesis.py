"""A nemesis on the plain system: it applies, it heals, it stops."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from chaos.nemesis.nemesis import Nemesis
from chaos.nemesis.schedule import Schedule, Step, TaskCall
from harness.client.publisher import Enqueue
from harness.errors import CrucibleError, Exit
from harness.event import FAULT_EFFECTIVE, FAULT_HEALED, FAULT_INJECTED, Event
from harness.scenario import Scenario, ScenarioPlan
from harness.session import Session

CUT = {"link": "worker->broker"}
KILL = {"node": "worker", "group": True}


class Stop:
    """Stops when it is told to."""

    def __init__(self) -> None:
        self.now = threading.Event()

    def check(self) -> None:
        if self.now.is_set():
            raise CrucibleError("Stopped: as told.", hint="", exit_code=Exit.ABORTED)


@pytest.fixture
def stop() -> Stop:
    return Stop()


@pytest.fixture
def unleash(session: Session, stop: Stop, first: int) -> Callable[..., None]:
    """Applies steps to a scenario."""

    def unleash(*steps: Step, duration_s: float = 1.0) -> None:
        scenario = Scenario(ScenarioPlan("nemesis", "", 1, "", {}), session)
        schedule = Schedule(1, duration_s, 10.0, 10, steps=steps)
        conditions: Any = stop
        Nemesis(schedule, scenario, conditions).unleash()

    return unleash


def faults_of(events: list[Event], type_: str) -> list[str]:
    return [event.name for event in events if event.type == type_]


def test_every_step_is_applied_and_healed(
    session: Session, unleash: Callable[..., None], told: Callable[[], list[Event]]
) -> None:
    session.publisher.enqueue(Enqueue("plain.nap", [0.2]))
    unleash(Step(0.0, 0.1, "link-down", CUT), Step(0.2, 0.1, "kill-node", KILL))
    assert sorted(faults_of(told(), FAULT_INJECTED)) == ["kill-node", "link-down"]
    assert sorted(faults_of(told(), FAULT_HEALED)) == ["kill-node", "link-down"]
    assert session.stack.link("worker->broker").enabled
    assert session.stack.node("worker").pid


def test_two_faults_on_one_target_do_not_mix(
    unleash: Callable[..., None], told: Callable[[], list[Event]]
) -> None:
    # Given two cuts of one link that overlap as planned
    unleash(Step(0.0, 0.6, "link-down", CUT), Step(0.1, 0.3, "link-down", CUT))
    # Then the second waits until the first is healed
    types = [event.type for event in told() if event.type != FAULT_EFFECTIVE]
    assert types == [FAULT_INJECTED, FAULT_HEALED] * 2


def test_a_step_without_its_moment_breaks_nothing_and_the_others_go_on(
    unleash: Callable[..., None], told: Callable[[], list[Event]]
) -> None:
    never = Step.from_dict(
        {
            "at_s": 0.0,
            "for_s": 0.1,
            "fault": "kill-node",
            "settings": KILL,
            "when": {"state": "started", "task": "plain.none", "seconds_max": 0.2},
        }
    )
    unleash(never, Step(0.0, 0.1, "link-down", CUT))
    assert faults_of(told(), FAULT_INJECTED) == ["link-down"]


def test_whoever_stops_it_finds_all_healed(
    session: Session, stop: Stop, unleash: Callable[..., None], told: Callable[[], list[Event]]
) -> None:
    # Given a fault that would last for minutes
    in_force = lambda: FAULT_EFFECTIVE in {e.type for e in told()}  # noqa: E731

    def stop_once_in_force() -> None:
        session.recorder.wait_for(in_force, 20)
        stop.now.set()

    stopping = threading.Thread(target=stop_once_in_force)
    stopping.start()
    # When a condition stops it
    began = time.monotonic()
    with pytest.raises(CrucibleError, match="as told"):
        unleash(Step(0.0, 300.0, "link-down", CUT), duration_s=300.0)
    stopping.join()
    # Then it is healed, long before its time
    assert time.monotonic() - began < 60
    assert told()[-1].type == FAULT_HEALED
    assert session.stack.link("worker->broker").enabled


def test_an_unknown_fault_is_refused_before_anything_is_broken(
    unleash: Callable[..., None], told: Callable[[], list[Event]]
) -> None:
    with pytest.raises(CrucibleError, match="no fault 'link-dwon'"):
        unleash(Step(0.0, 0.1, "link-down", CUT), Step(0.0, 0.1, "link-dwon", CUT))
    assert told() == []


def test_tasks_are_drawn_by_the_scenarios_seed(session: Session, stop: Stop) -> None:
    calls = (TaskCall("plain.add", (1, 2)), TaskCall("plain.nap", (0,)))
    schedule = Schedule(1, 1.0, 10.0, 50, tasks=calls)
    conditions: Any = stop

    def drawn(seed: str) -> list[str]:
        scenario = Scenario(ScenarioPlan("nemesis", "", 1, "", {}), session)
        scenario.reseed(seed)
        return [call.task for call in Nemesis(schedule, scenario, conditions).calls()]

    assert drawn("7") == drawn("7")
    assert drawn("7") != drawn("8")
    assert len(drawn("7")) == 50


def test_without_tasks_nobody_knows_what_to_ask(session: Session, stop: Stop) -> None:
    scenario = Scenario(ScenarioPlan("nemesis", "", 1, "", {}), session)
    conditions: Any = stop
    with pytest.raises(CrucibleError, match="Nobody said what to ask"):
        Nemesis(Schedule(1, 1.0, 10.0, 5), scenario, conditions).calls()
