"""Promise: a task ends at its time limit, whatever it waits for.

The shop's soft limit ends whatever it does; a hard one after a soft one that is not heeded is put
to the test by the suite `guarantees`, on tests/targets/released.
"""

import pytest

from chaos.faults.held_reply import HeldReply
from chaos.injection import Injector
from harness.event import SOFT_LIMIT
from harness.scenario import Scenario
from scenarios.shop import promises
from scenarios.shop.workload import Shop, sync

SYNC = "myapp.tasks.sync_to_external_service"
SOON = 2  # seconds: the fault must be in force before the task begins
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
