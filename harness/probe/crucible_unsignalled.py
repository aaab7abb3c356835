"""What Celery does without any signal, told before it does it.

Each is a method of Celery's own, on a rare path, wrapped once; a release that lacks one is left
as it is. A task's body that raises Ignore or Reject, a time limit, an errback that is called
inside the worker and a connection that is lost and made again would otherwise leave no trace.
"""

import functools
import os
from json import dumps
from typing import Any, Callable

Record = Callable[..., None]

_NODE = os.environ.get("CRUCIBLE_NODE", "unknown")


def watch_worker(record: Record) -> None:
    """Tell of what main process and children do; called before children are forked."""
    from celery.app.trace import TraceInfo
    from celery.backends.base import Backend
    from celery.worker.consumer import Consumer
    from celery.worker.request import Request

    def ignored(_: Any, task: Any, request: Any, **__: Any) -> None:
        record("ignored", request.id, task.name)

    def rejected(info: Any, task: Any, request: Any, **_: Any) -> None:
        requeue = bool(getattr(info.retval, "requeue", False))
        record("requeued" if requeue else "rejected", request.id, task.name)

    def timed_out(request: Any, soft: Any, timeout: Any) -> None:
        if not soft:
            detail = {"limit_s": timeout, "requeue": _requeues_after_limit(request.task)}
            record("hard-limit", request.id, request.name, dumps(detail))

    def called_back(_: Any, request: Any, *__: Any, **___: Any) -> None:
        for errback in request.errbacks or ():
            record("errback", request.id, errback["task"])

    def consuming(_: Any) -> None:
        record("consuming", _NODE)

    def disconnected(_: Any) -> None:
        record("disconnected", _NODE)

    _before(Consumer, "on_ready", consuming, record)
    _before(Consumer, "on_close", disconnected, record)
    _before(TraceInfo, "handle_ignore", ignored, record)
    _before(TraceInfo, "handle_reject", rejected, record)
    _before(Request, "on_timeout", timed_out, record)
    _before(Backend, "_call_task_errbacks", called_back, record)


def watch_soft_limit(record: Record) -> None:
    """Tell when the soft limit's signal is handled; called in a child, before it is installed."""
    from celery._state import get_current_task

    try:
        from celery.concurrency.asynpool import _pool
    except ImportError:  # no prefork here
        return

    def raised(*_: Any) -> None:
        task = get_current_task()
        if task is not None:
            record("soft-limit", task.request.id, task.name)

    _before(_pool, "soft_timeout_sighandler", raised, record)


def _requeues_after_limit(task: Any) -> bool:
    """Whether the message goes back to its queue: acks_on_timeout, or what it was until 5.6."""
    old = getattr(task, "acks_on_failure_or_timeout", True)
    return bool(task.acks_late and not getattr(task, "acks_on_timeout", old))


def _before(owner: Any, name: str, tell: Callable[..., None], record: Record) -> None:
    """Call ``tell`` with the same arguments before ``owner.name``, which stays as it is."""
    original = getattr(owner, name, None)
    if original is None or hasattr(original, "_crucible"):
        return

    @functools.wraps(original)
    def told(*args: Any, **kwargs: Any) -> Any:
        try:
            tell(*args, **kwargs)
        except Exception as error:  # the target must go on; what is missing must be known
            record("torn", _NODE, "", dumps({"text": "%s: %r" % (name, error)}))
        return original(*args, **kwargs)

    told._crucible = True  # type: ignore[attr-defined]
    setattr(owner, name, told)
