"""Promise: a message that no worker can make sense of costs nothing but itself."""

import pytest

from harness.client.publisher import Enqueue
from harness.event import UNKNOWN_TASK
from harness.scenario import Scenario
from scenarios.guarantees import promises
from scenarios.guarantees.load import Load

NOBODY_KNOWS = "crucible.nobody-knows"
NOBODY_READS = "crucible.nobody-reads"
pytestmark = [
    promises.always,
    # Nobody is told of a message that cannot be read: no worker names the task in it.
    pytest.mark.promises(no_task_lost={"ignore": [NOBODY_READS]}),
]


def test_poison_is_contained(scenario: Scenario, load: Load) -> None:
    """Tasks that no worker knows, and messages in a format that it refuses, amid the usual load"""
    # Given a target under load
    load.is_busy(requests=90)
    # When it is sent what it does not know and what it must not read
    for _ in range(5):
        load.asks([Enqueue(NOBODY_KNOWS), Enqueue(NOBODY_READS, options={"serializer": "pickle"})])
    load.sees(UNKNOWN_TASK)
    # Then everything else is done, and what follows
    load.arrives()
    scenario.judge()
