"""Promise: a file comes in whole or not at all, and its user is told once which."""

import pytest

from chaos import aim
from chaos.faults.database_lock import DatabaseLock
from chaos.faults.kill_node import KillNode
from chaos.faults.link_down import LinkDown
from chaos.injection import Injector
from harness.scenario import Scenario
from scenarios import weaknesses
from scenarios.shop import promises
from scenarios.shop.workload import Shop

IMPORT, FAILURE = "myapp.tasks.import_data", "myapp.tasks.handle_import_failure"
IN_AN_IMPORT = aim.started(IMPORT, node="worker")
ROWS = "myapp_importedrow"


@promises.calm
@pytest.mark.promises(links_run_once={"errbacks": {IMPORT: [FAILURE]}})
def test_import_failure_reaches_user(scenario: Scenario, shop: Shop) -> None:
    """Three files have a bad line; nothing is broken

    Kept by: all rows are taken in by one transaction, after the last was read."""
    # Given a shop that imports files
    shop.takes(imports=20)
    # When some are handed in that cannot be read to their end
    for customer in shop.regulars[:3]:
        shop.asks(customer.imports(scenario.rng, bad=True))
    # Then their users are told so, and not a row of them is taken in
    scenario.judge()


@promises.faulted
@weaknesses.redis_may_lose_what_it_pops
def test_import_survives_worker_kill(scenario: Scenario, shop: Shop, inject: Injector) -> None:
    """A worker is killed while an import waits for a lock on the table of rows

    Kept by: rows, status and notification are one transaction, which ends with its connection."""
    # Given a shop that imports files
    shop.takes(imports=40)
    # When its worker dies with rows that the database has and cannot take in yet
    locked, killed = DatabaseLock(ROWS), KillNode("worker", group=True)
    with scenario.disturb(), inject(locked), inject(killed):
        pass
    # Then each is taken in once, and each user told once
    scenario.judge()


@promises.faulted
@weaknesses.redis_may_lose_what_it_pops
def test_import_survives_late_worker_kill(scenario: Scenario, shop: Shop, inject: Injector) -> None:
    """A worker is killed with an import that is done and not acknowledged

    Kept by: the job says that it is done, and one execution wins the right to say so."""
    # Given a shop that imports files
    shop.takes(imports=40)
    # When its worker dies before it can tell the broker of one
    done = aim.done(IMPORT, node="worker")
    with scenario.disturb(), inject(KillNode("worker", group=True), when=done):
        pass
    # Then each is taken in once, and each user told once
    scenario.judge()


@promises.faulted
@weaknesses.redis_may_lose_what_it_pops
def test_import_survives_broker_cut(scenario: Scenario, shop: Shop, inject: Injector) -> None:
    """worker->broker down for 3 s, from the middle of an import on

    Kept by: the notification is owed in the import's own transaction, and swept up."""
    # Given a shop that imports files
    shop.takes(imports=40)
    # When the worker can tell nobody of what it has taken in
    with scenario.disturb(), inject(LinkDown("worker->broker"), when=IN_AN_IMPORT):
        scenario.hold(3.0)
    # Then each is taken in once, and each user told once
    scenario.judge()
