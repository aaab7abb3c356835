"""What any target promises; its bounds follow from the target's own settings."""

from collections.abc import Mapping
from typing import Any, Final

import pytest

from harness.session import Session

# A worker that was cut off tries again after 2 s, then after 4 more (Celery's own retries).
RECONNECT_MS_MAX: Final = 12_000
# What an outage piles up, and a busy machine.
BACKLOG_MS_MAX: Final = 15_000

Settings = Mapping[str, Any]


def recovery(session: Session) -> Settings:
    """Work goes on once a worker is connected again, and ends with what was redelivered."""
    redelivery = round(session.settings.redelivery_seconds_max * 1000)
    return {
        "first_success_ms_max": RECONNECT_MS_MAX,
        "empty_queue_ms_max": redelivery + BACKLOG_MS_MAX,
    }


def early(session: Session) -> list[str]:
    """The tasks that are acknowledged before they run, and so may die with their worker."""
    return sorted(name for name in session.settings.tasks if not session.settings.acks_late(name))


def kept_by_late_acks(session: Session) -> Settings:
    """What is acknowledged late outlives its worker; the rest need not."""
    ignored = [*session.stack.settings.target.background, *early(session)]
    return {"ignore": ignored}


def at_most_once(session: Session) -> Settings:
    """What is acknowledged early does not run twice; of the rest it is counted."""
    return {"tasks": early(session)}


def world(session: Session) -> Settings | None:
    """Effects can be judged where the target can tell them."""
    return {} if session.stack.settings.target.effects else None


always = pytest.mark.promises("no-unexpected-execution", "nodes-stay-up", effects_match=world)
recovers = pytest.mark.promises("faults-took-effect", recovers_within=recovery)
nothing_lost = pytest.mark.promises("no-task-lost")
late_acks_kept = pytest.mark.promises(
    no_task_lost=kept_by_late_acks, no_duplicate_execution=at_most_once
)
