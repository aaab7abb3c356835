"""Each condition on a real scenario: it holds its tongue until its limit is passed."""

from collections.abc import Callable

import pytest

from chaos.nemesis.stop_conditions import COMPLETIONS_MIN, Limits, StopConditions
from harness.errors import CrucibleError, Exit
from harness.event import FAIL, INFO, NODE_EXITED, OK
from harness.scenario import Scenario, ScenarioPlan
from harness.session import Session

NO_LIMITS = Limits(disk_mb=0)
Watching = Callable[[Limits], StopConditions]


@pytest.fixture
def watching(session: Session) -> Watching:
    """Conditions over a scenario that has begun."""
    plan = ScenarioPlan("stopped", "", 1, "", {"nodes-stay-up": {}})
    scenario = Scenario(plan, session)
    scenario.begin()
    return lambda limits: StopConditions(limits, scenario)


def stopped(conditions: StopConditions) -> str:
    with pytest.raises(CrucibleError) as error:
        conditions.check()
    assert error.value.exit_code is Exit.ABORTED
    return error.value.message


def answer(session: Session, type_: str, times: int) -> None:
    for number in range(times):
        session.recorder.record(type_, f"{type_}-{number}")


def test_without_limits_nothing_stops(watching: Watching) -> None:
    watching(NO_LIMITS).check()


def test_the_time_is_up(watching: Watching) -> None:
    watching(Limits(disk_mb=0, seconds=600)).check()
    assert "took more than 0 s" in stopped(watching(Limits(disk_mb=0, seconds=0)))


def test_the_disk_is_nearly_full(watching: Watching) -> None:
    watching(Limits(disk_mb=1)).check()
    assert "MB of disk are left" in stopped(watching(Limits(disk_mb=10**9)))


def test_too_many_operations_fail(session: Session, watching: Watching) -> None:
    # Given failures of an earlier scenario, which do not count
    answer(session, FAIL, 100)
    conditions = watching(Limits(disk_mb=0, errors_percent=50))
    # When half of the operations fail, it is still well
    answer(session, OK, COMPLETIONS_MIN // 2)
    answer(session, INFO, COMPLETIONS_MIN // 2)
    conditions.check()
    # When more do, it is not
    answer(session, FAIL, 3)
    assert "56 % of the operations failed (at most 50)" in stopped(conditions)


def test_of_a_few_operations_no_rate_is_told(session: Session, watching: Watching) -> None:
    conditions = watching(Limits(disk_mb=0, errors_percent=0))
    answer(session, FAIL, COMPLETIONS_MIN - 1)
    conditions.check()


def test_a_guarantee_is_broken_before_the_end(session: Session, watching: Watching) -> None:
    patient, hasty = watching(NO_LIMITS), watching(Limits(broken=True, disk_mb=0))
    hasty.check()
    # When a node ends that nobody has ended
    detail = {"pid": 1, "code": 1, "expected": False, "cause": "exit code 1"}
    session.recorder.record(NODE_EXITED, "another", detail=detail)
    # Then only who asked for it is stopped
    patient.check()
    assert "nodes-stay-up is broken" in stopped(hasty)
