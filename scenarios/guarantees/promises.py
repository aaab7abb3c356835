"""What any target promises; its bounds follow from the target's own settings."""

from collections.abc import Mapping
from typing import Any, Final

import pytest

from harness.runtime import LOCAL
from harness.session import Session
from scenarios import results

# A worker that was cut off tries again after 2 s, then after 4 more (Celery's own retries).
RECONNECT_MS_MAX: Final = 12_000
# What an outage piles up, and a busy machine.
BACKLOG_MS_MAX: Final = 15_000

Settings = Mapping[str, Any]


def recovery(session: Session) -> Settings:
    """Work goes on once a worker is connected again, and ends with what was redelivered."""
    return {
        "first_success_ms_max": RECONNECT_MS_MAX,
        "empty_queue_ms_max": _redelivery_ms(session) + BACKLOG_MS_MAX,
    }


def acks(session: Session) -> Settings:
    """When each task is acknowledged, and how long what a dead worker held may stay away."""
    return {"tasks": _options(session, "acks_late", "reject_on_worker_lost")} | {
        "redelivery_ms_max": _redelivery_ms(session)
    }


def retries(session: Session) -> Settings | None:
    """How often each task that declares it is retried."""
    declared = session.stack.settings.target.tasks
    tasks = {t.name: {"max_retries": t.max_retries} for t in declared if t.max_retries is not None}
    return {"tasks": tasks} if tasks else None


def limits(session: Session) -> Settings | None:
    """The time limits of each task that declares them."""
    declared = session.stack.settings.target.tasks
    tasks = {
        task.name: {
            "soft_s": task.soft_time_limit or 0.0,
            "hard_s": task.time_limit or 0.0,
            "acks_late": session.settings.acks_late(task.name),
            "acks_on_timeout": session.settings.acks_on_timeout(task.name),
        }
        for task in declared
        if task.soft_time_limit or task.time_limit
    }
    return {"tasks": tasks} if tasks else None


def canvases(session: Session) -> Settings | None:
    """What each task that declares members sets off."""
    declared = session.stack.settings.target.tasks
    sets_off = {task.name: {"members": task.members} for task in declared if task.members}
    return {"canvases": sets_off} if sets_off else None


def routes(session: Session) -> Settings | None:
    """The queue of each task that declares one."""
    declared = session.stack.settings.target.tasks
    tasks = {task.name: task.queue for task in declared if task.queue}
    return {"tasks": tasks} if tasks else None


def early(session: Session) -> list[str]:
    """The tasks that are acknowledged before they run, and so may die with their worker."""
    return sorted(name for name in session.settings.tasks if not session.settings.acks_late(name))


def kept_by_late_acks(session: Session) -> Settings:
    """What is acknowledged late outlives its worker; the rest need not."""
    return {"ignore": [*session.stack.settings.target.background, *early(session)]}


def once(session: Session) -> Settings:
    """No task runs twice, but one that is given back at its time limit."""
    told, declared = session.settings, session.stack.settings.target.tasks
    given_back = {
        task.name
        for task in declared
        if task.time_limit and told.acks_late(task.name) and not told.acks_on_timeout(task.name)
    }
    return {"tasks": sorted(told.tasks.keys() - given_back)}


def in_order(session: Session) -> Settings:
    """What a cold shutdown may cut off for good, and nothing else."""
    visible = session.settings.visibility_timeout or 0
    return {"acks_early": early(session), "visible_ms": round(visible * 1000)}


def workers_resources(session: Session) -> Settings:
    """What the target's workers hold."""
    return {"nodes": [worker.name for worker in session.stack.settings.target.workers]}


def world(session: Session) -> Settings | None:
    """Effects can be judged where the target can tell them."""
    return {} if session.stack.settings.target.effects else None


def resources(session: Session) -> Settings | None:
    """What nodes hold can be judged where they are this machine's own processes."""
    return {} if session.stack.settings.runtime == LOCAL else None


def _redelivery_ms(session: Session) -> int:
    return round(session.settings.redelivery_seconds_max * 1000)


def _options(session: Session, *names: str) -> dict[str, dict[str, bool]]:
    tasks = session.settings.tasks.items()
    return {task: {name: bool(told.get(name)) for name in names} for task, told in tasks}


always = pytest.mark.promises(
    "no-unexpected-execution",
    "nodes-stay-up",
    effects_match=world,
    results_match=results.kept,
    worker_not_stalled={"stall_ms_max": RECONNECT_MS_MAX},
)
recovers = pytest.mark.promises("faults-took-effect", recovers_within=recovery)
nothing_lost = pytest.mark.promises("no-task-lost")
late_acks_kept = pytest.mark.promises(no_task_lost=kept_by_late_acks)
