"""Promise: a user is synced to the CRM once, with retries that back off while the CRM is away."""

import pytest

from chaos.faults.lost_reply import LostReply
from chaos.faults.service_error import ServiceError
from chaos.injection import Injector
from harness.scenario import Scenario
from scenarios.shop import promises
from scenarios.shop.workload import Shop, sync

SYNC = "myapp.tasks.sync_to_external_service"
# As the tutorial has it; the cap is the target file's, since nobody waits ten minutes for a test.
BACKS_OFF = {"max_retries": 5, "backoff_s": 1.0, "backoff_max_s": 2.0, "jitter": True}


@promises.calm
def test_crm_sync(scenario: Scenario, shop: Shop) -> None:
    """Nothing is broken"""
    # Given a shop under load, When nothing happens
    shop.takes(syncs=60, rate=20)
    # Then the CRM has one record of each
    scenario.judge()


@promises.calm
def test_crm_refusal_is_final(scenario: Scenario, shop: Shop) -> None:
    """The CRM refuses three users for good; nothing is broken

    Kept by: only an error that may pass is retried, not a refusal (HTTP 422)."""
    # Given a shop that has done its work
    shop.takes(syncs=20, rate=20)
    shop.rests()
    # When users are to be synced whom the CRM does not want
    shop.is_refused("crm", requests=3)
    shop.asks(*(sync(scenario.rng, records=0) for _ in range(3)))
    # Then it is not asked again until it gives in
    scenario.judge()


@promises.faulted
@pytest.mark.promises(retries_as_declared={"tasks": {SYNC: BACKS_OFF}})
def test_crm_sync_backs_off(scenario: Scenario, shop: Shop, inject: Injector) -> None:
    """The CRM answers with errors for 2 s

    Kept by: automatic retries with backoff, as the tutorial has them."""
    # Given a shop under load
    shop.takes(syncs=60, rate=12)
    # When the CRM fails
    with scenario.disturb(), inject(ServiceError("crm")):
        scenario.hold(2.0)
    # Then it is asked again, later each time, and has one record of each
    scenario.judge()


@promises.faulted
def test_crm_sync_survives_lost_reply(scenario: Scenario, shop: Shop, inject: Injector) -> None:
    """The CRM makes five records, and its replies never arrive

    Kept by: each sync has an idempotency key, so that the retry finds its record."""
    # Given a shop under load
    shop.takes(syncs=60, rate=12)
    # When the CRM does as it is asked and says so to nobody
    with scenario.disturb(), inject(LostReply("crm", count=5)):
        pass
    # Then it has one record of each all the same
    scenario.judge()
