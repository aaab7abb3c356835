"""What may happen to a beat on its way, as actions of a plan; each with its frozen time.

The expectation that goes with each stands in ``harness/beat/oracle/owed.py``; an action that left
no trace in the history makes the travel unknown (``harness/checkers/schedule_evidence.py``).
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from harness.beat.plan import Action


def stop(at: datetime, until: datetime) -> Action:
    """Beat is stopped in order, and started again at ``until``."""
    return Action(at, "stop", {"until": until.isoformat()})


def kill_after_sending(at: datetime, row: str) -> Action:
    """SIGKILL right after the next run of ``row`` is with the broker, before that is saved."""
    return Action(at, "kill-after-sending", {"row": row})


def clock_jump(at: datetime, seconds: float) -> Action:
    """The machine's clock is put forward (or back, if negative) while beat runs."""
    return Action(at, "clock-jump", {"seconds": seconds})


def database_away(at: datetime, until: datetime) -> Iterable[Action]:
    """From ``at`` to ``until`` the database refuses connections, and those open are closed."""
    return (Action(at, "database-away"), Action(until, "database-back"))


def add(at: datetime, row: str, *, task: str = "crucible.tick", **columns: Any) -> Action:
    """A row is added; its schedule as ``crontab={...}``, ``interval={...}`` and so on."""
    return Action(at, "add", {"row": row, "task": task, "set": columns})


def edit(at: datetime, row: str, **columns: Any) -> Action:
    """Columns of a row are changed, as in Django's admin."""
    return Action(at, "edit", {"row": row, "set": columns})


def delete(at: datetime, row: str) -> Action:
    """A row is deleted."""
    return Action(at, "delete", {"row": row})
