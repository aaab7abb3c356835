"""What is promised of results, for every suite: they are what came of their tasks."""

from collections.abc import Mapping
from typing import Any

from harness.session import Session


def kept(session: Session) -> Mapping[str, Any] | None:
    """The results of all tasks that keep one; None where none is kept, or nobody may read it."""
    settings = session.settings
    forgotten = settings.forgotten()
    if settings.results is None or len(forgotten) == len(settings.tasks):
        return None
    return {"ignore": [*session.stack.settings.target.background, *forgotten]}
