"""Promise: a chord, a chain, a group completes once although a worker dies in the middle of it."""

import pytest

from chaos import aim
from chaos.faults.kill_node import KillNode
from chaos.injection import Injector
from harness.scenario import Scenario
from scenarios import weaknesses
from scenarios.guarantees import promises
from scenarios.guarantees.load import Load

OTHERS = 10  # tasks, so that the canvas is not alone

pytestmark = [
    promises.always,
    promises.recovers,
    promises.late_acks_kept,
    pytest.mark.promises(canvas_completes=promises.canvases),
    weaknesses.redis_may_lose_what_it_pops,
]


def test_canvas_survives_worker_kill(scenario: Scenario, load: Load, inject: Injector) -> None:
    """SIGKILL of a worker that has done one task of a canvas and not acknowledged it"""
    canvases = load.canvases
    if not canvases:
        pytest.skip("no task of the target declares members that are acknowledged late")
    # Given a target under load
    load.is_busy(requests=60)
    load.is_done()
    for canvas, member in canvases:
        # When the first task of a canvas is done, and its worker dies before it can tell
        load.asks([*load.requests_of([canvas], 1), *load.requests(OTHERS)])
        done = aim.done(member, node=load.worker)
        with scenario.disturb(), inject(KillNode(load.worker, group=True), when=done):
            pass
        load.is_done()
    # Then all of it is done, and what was done twice counts once
    load.arrives()
    scenario.judge()
