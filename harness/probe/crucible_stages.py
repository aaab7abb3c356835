"""Tells a task's result from its run: remembers when the body had returned.

Celery announces a success only after the result is stored, and no signal comes between. Load
tests want both apart, so under load (``CRUCIBLE_STAGES`` is set) the one method that Celery calls
between the two, ``Backend.mark_as_done``, notes the time first. It changes nothing else.
"""

from time import monotonic_ns
from typing import Any

from celery.backends.base import Backend

RETURNED = "crucible_returned"  # an attribute of the task's request, which ends with the task

_mark_as_done = Backend.mark_as_done


def mark_as_done(
    self: Any, task_id: Any, result: Any, request: Any = None, *args: Any, **kw: Any
) -> Any:
    """Note the time, then do what Celery would."""
    if request is not None:
        request.crucible_returned = monotonic_ns()
    return _mark_as_done(self, task_id, result, request, *args, **kw)


def install() -> None:
    """Put it in place; backends of all kinds inherit it."""
    Backend.mark_as_done = mark_as_done
