"""Promise: a task ends at its time limits, whatever it waits for."""

import pytest

from chaos.faults.held_reply import HeldReply
from chaos.faults.pause_child import PauseChild
from chaos.injection import Injector
from harness.event import HARD_LIMIT, SOFT_LIMIT
from harness.scenario import Scenario
from scenarios.shop import promises
from scenarios.shop.workload import Shop, sync

SYNC = "myapp.tasks.sync_to_external_service"
# Seconds: the fault must be in force before the task begins. A message with a countdown is held
# unacknowledged meanwhile, so this and the limits together must not outlast its visibility.
SOON = 1
pytestmark = [promises.calm, pytest.mark.promises("faults-took-effect")]


@pytest.mark.promises(time_limits_hold={"tasks": {SYNC: {"soft_s": 2.0, "acks_late": True}}})
def test_soft_time_limit_holds(scenario: Scenario, shop: Shop, inject: Injector) -> None:
    """A sync waits for a CRM that never answers, with a soft limit of 2 s

    Kept by: the task ends with its error; its row is swept up, and the CRM knows its key."""
    # Given a shop that has done its work
    shop.takes(syncs=20)
    shop.rests()
    # When the CRM keeps back its answer to a task with a soft limit
    shop.asks(sync(scenario.rng, soft_time_limit=2, countdown=SOON))
    with scenario.disturb(), inject(HeldReply("crm")):
        shop.sees(SOFT_LIMIT)
    # Then it is interrupted in time, and its work done all the same
    scenario.judge()


# Celery's prefork pool counts towards the hard limit only once the soft one has passed
# (celery/concurrency/asynpool.py, on_timeout_set): a message must name both.
@pytest.mark.promises(time_limits_hold={"tasks": {SYNC: {"hard_s": 2.0, "acks_late": True}}})
def test_hard_time_limit_holds(scenario: Scenario, shop: Shop, inject: Injector) -> None:
    """A pool process hangs in the middle of a sync, with limits of 1 s and 2 s

    Kept by: the row of what was killed is swept up, and the CRM knows its key."""
    # Given a shop that has done its work
    shop.takes(syncs=20)
    shop.rests()
    # When a process that waits for the CRM stops, so that it cannot heed its soft limit
    shop.asks(sync(scenario.rng, soft_time_limit=1, time_limit=2, countdown=SOON))
    with scenario.disturb(), inject(HeldReply("crm")), inject(PauseChild("worker")):
        shop.sees(HARD_LIMIT)
    # Then it is ended in time, and its work done all the same
    scenario.judge()
