"""What every scenario of the shop is judged by, and what its broker is known not to keep."""

from collections.abc import Mapping
from typing import Any, Final, TypeVar

import pytest

from harness.session import Session
from scenarios import results
from scenarios.weaknesses import RABBITMQ, REDIS

Test = TypeVar("Test")

# Times count from the last heal. Redis: they follow from target.toml. A task whose worker vanished
# comes back after the visibility timeout (5 s) and kombu's sweep (1 s); work whose message is
# gone, after two sweeps of the shop's own (1 s each); the rest is the backlog of the outage.
# RabbitMQ gives a task back as soon as its worker's connection is gone; a worker that was cut off
# tries to connect after 2 s, then after 4 more (Celery's retries), and only then takes it.
calm = pytest.mark.promises(
    "effects-match",
    "no-task-lost",
    "no-unexpected-execution",
    "no-duplicate-execution",
    "nodes-stay-up",
    results_match=results.kept,
)
kept = [
    calm,
    pytest.mark.promises("faults-took-effect", drains_within={"drain_ms_max": 30_000}),
    pytest.mark.promises(
        recovers_within={"first_success_ms_max": 8_000, "empty_queue_ms_max": 20_000}, broker=REDIS
    ),
    pytest.mark.promises(
        recovers_within={"first_success_ms_max": 6_000, "empty_queue_ms_max": 20_000},
        broker=RABBITMQ,
    ),
]


def _acks(session: Session) -> Mapping[str, Any]:
    """The tutorial's promise, whatever the variant is set to: what is killed runs again."""
    tasks = {name: AGAIN for name in session.settings.tasks if session.settings.acks_late(name)}
    bound = round(session.settings.redelivery_seconds_max * 1000)
    return {"tasks": tasks, "redelivery_ms_max": bound}


# What only the broker had is gone with it: what a page has accepted is still owed.
broker_forgets = pytest.mark.promises(no_task_lost=None)

AGAIN: Final = {"acks_late": True, "reject_on_worker_lost": True}
acks_late = pytest.mark.promises(acks_as_declared=_acks)


def faulted(test: Test) -> Test:
    """Marks a scenario with faults: all that is promised without them, and recovery."""
    marked: Any = test
    for mark in kept:
        marked = mark(marked)
    assert marked is test  # a mark is noted on the function itself
    return test
