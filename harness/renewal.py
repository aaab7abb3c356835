"""Begins the target anew on the same stack: what a scenario left must not spoil the next.

A worker that no longer consumes would convict every scenario that follows it.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from harness.cleaning import purge
from harness.errors import CrucibleError, Exit
from harness.node import Node
from harness.session import Session

BACK_SECONDS_MAX: Final = 60.0
EMPTY_SECONDS_MAX: Final = 10.0


def renew(session: Session) -> None:
    """Workers and beat started anew, the broker's queues emptied, links healed.

    Raises:
        CrucibleError: a node did not come back, the broker did not become empty, or the system is
            not ours to begin anew.
    """
    if session.stack.foreign:
        raise CrucibleError(
            "The system does not come to rest: others' work goes on, or messages wait.",
            hint="It runs elsewhere, so that nothing of it is dropped or started anew. Let its "
            "work end first; periodic tasks belong to `background` in the target file.",
            exit_code=Exit.UNKNOWN,
        )
    session.stack.heal_links()
    nodes = _workers_and_beat(session)
    # One that has just ended is being brought back: two must not start it.
    session.recorder.wait_for(lambda: all(node.pid for node in nodes), BACK_SECONDS_MAX)
    with ThreadPoolExecutor(len(nodes)) as pool:
        list(pool.map(lambda node: node.stop(), nodes))
        _empty_broker(session)
        list(pool.map(lambda node: node.start(), nodes))
    session.tracker.forget()


def _workers_and_beat(session: Session) -> list[Node]:
    target = session.stack.settings.target
    names = [worker.name for worker in target.workers] + (["beat"] if target.beat else [])
    return [session.stack.node(name) for name in names]


def _empty_broker(session: Session) -> None:
    asked = time.monotonic_ns()

    def empty() -> bool:
        # Again: RabbitMQ gives back what a worker held once it notices that the worker is gone.
        purge(session.stack)
        return session.backlog.last_empty > asked

    if not session.recorder.wait_for(empty, EMPTY_SECONDS_MAX):
        raise CrucibleError(
            "The broker could not be emptied after a broken scenario.",
            hint="See nodes/broker.log in the run directory.",
            exit_code=Exit.UNKNOWN,
        )
