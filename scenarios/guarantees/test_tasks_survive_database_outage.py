"""Promise: a task outlives the absence of the database, and of the one that keeps results."""

import pytest

from chaos.faults.link_down import LinkDown
from chaos.injection import Injector
from harness.scenario import Scenario
from scenarios.guarantees import promises
from scenarios.guarantees.load import Load

pytestmark = [promises.always, promises.recovers, promises.nothing_lost]


@pytest.mark.only_with("database")
def test_database_away(scenario: Scenario, load: Load, inject: Injector) -> None:
    """The worker cannot reach the database for 3 s"""
    # Given a target under load
    load.is_busy()
    # When its worker cannot reach the database
    with scenario.disturb(), inject(LinkDown(f"{load.worker}->database")):
        scenario.hold(3.0)
    # Then nothing is lost, and what follows is done
    load.arrives()
    scenario.judge()


@pytest.mark.only_with("results")
def test_results_away(scenario: Scenario, load: Load, inject: Injector) -> None:
    """The worker cannot store results for 3 s"""
    # Given a target under load
    load.is_busy()
    # When its worker cannot reach what keeps results
    with scenario.disturb(), inject(LinkDown(f"{load.worker}->results")):
        scenario.hold(3.0)
    # Then nothing is lost, and what follows is done
    load.arrives()
    scenario.judge()
