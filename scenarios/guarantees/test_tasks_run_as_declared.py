"""Promise: without any fault each task ends once, as its target file declares."""

import pytest

from harness.scenario import Scenario
from harness.session import Session
from scenarios.guarantees import promises
from scenarios.guarantees.load import Load


def once(session: Session) -> promises.Settings:
    """Nothing runs twice while nothing is broken."""
    return {"tasks": sorted(session.settings.tasks)}


pytestmark = [
    promises.always,
    promises.nothing_lost,
    pytest.mark.promises(no_duplicate_execution=once),
]


def test_tasks_run_as_declared(scenario: Scenario, load: Load) -> None:
    """The usual load, and each other task once; nothing is broken"""
    # Given a target under load
    load.is_busy(requests=60)
    # When every declared task is asked for
    for request in load.one_of_each():
        scenario.session.publisher.enqueue(request)
    # Then each ends once
    scenario.judge()
