"""Promise: each user gets one digest a week."""

from chaos import aim
from chaos.faults.kill_node import KillNode
from chaos.injection import Injector
from harness.scenario import Scenario
from scenarios import weaknesses
from scenarios.shop import promises
from scenarios.shop.workload import Shop, digest

ALL_ASKED_FOR = aim.done("myapp.tasks.send_weekly_digest", node="worker")
SOON = 2  # seconds: one must be aiming before the task begins


@promises.calm
def test_digest_sent_once(scenario: Scenario, shop: Shop) -> None:
    """Nothing is broken"""
    # Given a shop at work, When the week is over
    shop.takes(syncs=20, rate=20)
    shop.asks(digest(scenario.rng, shop.regulars))
    # Then each reader gets one mail
    scenario.judge()


@promises.faulted
@weaknesses.redis_may_lose_what_it_pops
def test_digest_survives_worker_kill(scenario: Scenario, shop: Shop, inject: Injector) -> None:
    """A worker is killed when it has asked for all digests, before it has told the broker so

    Kept by: a digest is owed in a row of its user and week, of which there can be only one."""
    # Given a shop at work, and the end of the week
    shop.takes(syncs=40)
    shop.asks(digest(scenario.rng, shop.regulars, countdown=SOON))
    # When the worker dies as late as it can
    with scenario.disturb(), inject(KillNode("worker", group=True), when=ALL_ASKED_FOR):
        pass
    # Then each reader gets one mail all the same
    scenario.judge()
