"""Promise: a report that cannot be written ends as failed, after its retries."""

import pytest

from chaos import aim
from chaos.faults.kill_node import KillNode
from chaos.injection import Injector
from harness.event import RETRIED
from harness.scenario import Scenario
from scenarios import weaknesses
from scenarios.shop import promises
from scenarios.shop.customers import REPORT_PAGES_MAX
from scenarios.shop.workload import Shop

REPORT = "myapp.tasks.generate_report"
RETRIES = {"max_retries": 3}


@promises.calm
@pytest.mark.promises(retries_as_declared={"tasks": {REPORT: RETRIES}})
def test_report_ends_failed(scenario: Scenario, shop: Shop) -> None:
    """Two reports are too long to be written; nothing is broken

    Kept by: the task asks whether retries are left before it retries, since `retry` past the last
    one raises the error itself, not MaxRetriesExceededError."""
    # Given a shop that writes reports
    shop.takes(reports=20)
    # When two are asked for that do not fit into its memory
    for customer in shop.regulars[:2]:
        shop.asks(customer.requests_report(scenario.rng, pages=REPORT_PAGES_MAX + 1))
    # Then they are tried four times and end as failed, the others as completed
    scenario.judge()


@promises.faulted
@weaknesses.redis_may_lose_what_it_pops
def test_report_survives_worker_kill(scenario: Scenario, shop: Shop, inject: Injector) -> None:
    """A worker is killed while a report waits for its retry

    Kept by: the report stays owed in its row and is swept up when it falls due."""
    # Given a shop with a report that is to be retried
    shop.takes(reports=40)
    shop.asks(shop.regulars[0].requests_report(scenario.rng, pages=REPORT_PAGES_MAX + 1))
    shop.sees(RETRIED, REPORT)
    # When the worker dies with another that it has begun
    begun = aim.started(REPORT, node="worker")
    with scenario.disturb(), inject(KillNode("worker", group=True), when=begun):
        pass
    # Then it ends as failed, the others as completed
    scenario.judge()
