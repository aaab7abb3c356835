"""What is promised of results, for every suite: they are what came of their tasks."""

from collections.abc import Mapping
from typing import Any

from harness.session import Session


def kept(session: Session) -> Mapping[str, Any] | None:
    """The results of all tasks that keep one; None where none is kept, or nobody may read it."""
    settings, target = session.settings, session.stack.settings.target
    forgotten = settings.forgotten()
    # What every scenario asks for; where a target declares no tasks, it may be any.
    asked = {task.name for task in target.tasks if task.load} or settings.tasks.keys()
    if settings.results is None or asked <= set(forgotten):
        return None
    return {"ignore": [*target.background, *forgotten]}
