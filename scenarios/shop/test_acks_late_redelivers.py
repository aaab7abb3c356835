"""Promise: a task that is killed with its process runs again."""

from chaos import aim
from chaos.faults.kill_child import KillChild
from chaos.faults.kill_node import KillNode
from chaos.injection import Injector
from harness.scenario import Scenario
from scenarios import weaknesses
from scenarios.shop import promises
from scenarios.shop.workload import Shop

TASK = "myapp.tasks.process_order"
pytestmark = [*promises.kept, promises.acks_late, weaknesses.redis_may_lose_what_it_pops]


def test_acks_late_redelivers(scenario: Scenario, shop: Shop, inject: Injector) -> None:
    """A worker is killed in the middle of a task

    Kept by: late acknowledgement, as the tutorial has it, and keys by which CRM and gateway know
    what they have done already."""
    # Given a shop under load
    shop.takes(orders=30, syncs=30)
    # When its worker dies with a task that it has begun
    begun = aim.started(TASK, node="worker")
    with scenario.disturb(), inject(KillNode("worker", group=True), when=begun):
        pass
    # Then that task runs again within the bound of the broker's settings
    scenario.judge()


def test_acks_late_redelivers_of_child(scenario: Scenario, shop: Shop, inject: Injector) -> None:
    """A pool process is killed in the middle of a task

    Kept by: reject_on_worker_lost; without it Celery acknowledges what its dead process held."""
    # Given a shop under load
    shop.takes(orders=30, syncs=30)
    # When the pool process dies that has begun a task
    begun = aim.started(TASK, node="worker")
    with scenario.disturb(), inject(KillChild("worker"), when=begun):
        pass
    # Then that task runs again
    scenario.judge()
