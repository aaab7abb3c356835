"""The probe: writes what a Celery process really does to a file of evidence.

It runs inside the user's own interpreter (Python 3.9 and newer, Celery 5.2 and newer), so it
imports the standard library and celery only. A worker loads it with ``--include crucible_probe``;
other programs through ``crucible_launch``. Each event is one ``write`` on an ``O_APPEND``
descriptor: it survives SIGKILL, and it does not travel on any path that a fault could cut.
"""

import os
from json import dumps
from json.encoder import encode_basestring_ascii as quote  # C all the way, unlike dumps
from time import monotonic_ns, time_ns
from typing import Any

import crucible_unsignalled
from celery import signals
from celery.backends.base import Backend, DisabledBackend
from crucible_hold import hold, orders

NODE = os.environ.get("CRUCIBLE_NODE", "unknown")
FILE = os.environ.get("CRUCIBLE_PROBE_FILE", os.devnull)

# Opened once and inherited by forked children: appends of several processes do not mix.
_descriptor = os.open(FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
_write = os.write
_staged = bool(
    os.environ.get("CRUCIBLE_STAGES")
)  # under load: a success tells when its body had returned
_pid = os.getpid()  # remembered: asking the kernel costs more than both clocks


class _Heads(dict[str, str]):
    """What all events of one type share from node to id, by task name: made once, quoting costs."""

    def __init__(self, type_: str) -> None:
        super().__init__()
        self._start = ',"node":%s,"type":%s,"name":' % (quote(NODE), quote(type_))

    def __missing__(self, name: str) -> str:
        head = self[name] = '%s%s,"id":' % (self._start, quote(name))
        return head


_heads: dict[str, _Heads] = {}  # by type


def record(type_: str, id_: object, name: object = "", detail: str = "") -> None:
    """Append one event. ``detail`` is JSON already."""
    heads = _heads.get(type_) or _heads.setdefault(type_, _Heads(type_))
    head = heads[str(name)]
    rest = f',"detail":{detail}' if detail else ""
    line = f'{{"mono":{monotonic_ns()},"wall":{time_ns()}{head}{quote(str(id_))}{rest}}}\n'
    _write(_descriptor, line.encode())


def _optional(text: object) -> str:
    return "null" if text is None else quote(str(text))


def _publication(headers: Any, routing_key: object) -> str:
    return '{"queue":%s,"retries":%d,"root":%s,"parent":%s,"eta":%s}' % (
        _optional(routing_key),
        headers.get("retries") or 0,
        _optional(headers.get("root_id")),
        _optional(headers.get("parent_id")),
        _optional(headers.get("eta")),
    )


def _publishing(sender: Any = None, headers: Any = None, routing_key: Any = None, **_: Any) -> None:
    record("publishing", headers["id"], sender, _publication(headers, routing_key))


def _published(sender: Any = None, headers: Any = None, routing_key: Any = None, **_: Any) -> None:
    record("published", headers["id"], sender, _publication(headers, routing_key))


# These three write for themselves, and not by ``record``: a worker calls them for every task, and
# between its work each call and each lookup costs three times what it costs in a loop.
_heads_received = _Heads("received")
_heads_started = _Heads("started")
_heads_succeeded = _Heads("succeeded")


def _received(request: Any = None, **_: Any) -> None:
    headers = request.request_dict
    eta = headers.get("eta")
    line = (
        f'{{"mono":{monotonic_ns()},"wall":{time_ns()}{_heads_received[request.name]}'
        f'{quote(request.id)},"detail":{{"retries":{headers.get("retries") or 0},'
        f'"eta":{"null" if eta is None else quote(str(eta))}}}}}\n'
    )
    _write(_descriptor, line.encode())
    if orders[0]:  # nearly never: a fault aims
        hold("received", request.id, request.name)


def _started(task_id: Any = None, task: Any = None, **_: Any) -> None:
    request = task.request
    delivery = request.delivery_info
    redelivered = "true" if delivery and delivery.get("redelivered") else "false"
    line = (
        f'{{"mono":{monotonic_ns()},"wall":{time_ns()}{_heads_started[task.name]}'
        f'{quote(task_id)},"detail":{{"retries":{request.retries or 0},'
        f'"redelivered":{redelivered},"pid":{_pid}}}}}\n'
    )
    _write(_descriptor, line.encode())
    if orders[0]:
        hold("started", task_id, task.name)


def _succeeded(sender: Any = None, **_: Any) -> None:
    request = sender.request
    returned = getattr(request, "crucible_returned", None) if _staged else None
    detail = "" if returned is None else f',"detail":{{"returned":{returned}}}'
    line = (
        f'{{"mono":{monotonic_ns()},"wall":{time_ns()}{_heads_succeeded[sender.name]}'
        f"{quote(request.id)}{detail}}}\n"
    )
    _write(_descriptor, line.encode())
    if orders[0]:
        # Its result is stored and its chord has counted it; the main process acknowledges later.
        hold("done", request.id, sender.name, request.group, sender.acks_late)


_mark_as_done = Backend.mark_as_done


def _returned(
    self: Any, task_id: Any, result: Any, request: Any = None, store_result: Any = True, *more: Any
) -> Any:
    if _staged and request is not None:
        request.crucible_returned = monotonic_ns()  # the request ends with the task
    if orders[0] and store_result and not isinstance(self, DisabledBackend):
        hold("storing", task_id, getattr(request, "task", ""))
    return _mark_as_done(self, task_id, result, request, store_result, *more)


# Celery has no signal for the moment between a body's return and the storing of its result.
Backend.mark_as_done = _returned


def _remember_pid() -> None:
    global _pid
    _pid = os.getpid()


os.register_at_fork(after_in_child=_remember_pid)


def _text(value: object) -> str:
    return dumps("%s: %s" % (type(value).__name__, str(value)[:500]))


def _retried(sender: Any = None, request: Any = None, reason: Any = None, **_: Any) -> None:
    detail = '{"retries":%d,"reason":%s,"pid":%d}' % (request.retries or 0, _text(reason), _pid)
    record("retried", request.id, sender.name, detail)
    if orders[0]:
        hold("retry", request.id, sender.name)


def _failed(task_id: Any = None, exception: Any = None, sender: Any = None, **_: Any) -> None:
    # By its pid one can tell a body that raised from a worker that reports its process lost.
    detail = '{"exception":%s,"pid":%d}' % (_text(exception), _pid)
    record("failed", task_id, sender.name, detail)


def _internal_error(
    task_id: Any = None, exception: Any = None, sender: Any = None, **_: Any
) -> None:
    # Around the body, such as a result that cannot be stored: no other signal ends the task.
    detail = '{"exception":%s,"pid":%d,"outside_body":true}' % (_text(exception), _pid)
    record("failed", task_id, sender.name, detail)


def _revoked(request: Any = None, terminated: Any = None, expired: Any = None, **_: Any) -> None:
    detail = dumps({"terminated": bool(terminated), "expired": bool(expired)})
    record("revoked", request.id, getattr(request, "name", None) or request.task, detail)


def _unknown_task(name: Any = None, id: Any = None, **_: Any) -> None:
    record("unknown-task", id, name)


def _rejected(message: Any = None, exc: Any = None, **_: Any) -> None:
    headers = getattr(message, "headers", None) or {}
    detail = '{"exception":%s}' % _text(exc)
    record("rejected", headers.get("id") or "", headers.get("task") or "", detail)


def _ready(**_: Any) -> None:
    record("node-ready", NODE, "", '{"pid":%d}' % _pid)


def _worker_ready(sender: Any = None, **_: Any) -> None:
    said = {
        "pid": _pid,
        "queues": sorted(sender.app.amqp.queues.consume_from),
        "concurrency": sender.pool.num_processes,
    }
    record("node-ready", NODE, "", dumps(said))


def _shutting_down(how: Any = None, **_: Any) -> None:
    record("shutting-down", NODE, "", dumps({"how": str(how).lower(), "pid": _pid}))


def _child_started(**_: Any) -> None:
    record("child-started", NODE, "", '{"pid":%d}' % _pid)
    crucible_unsignalled.watch_soft_limit(record)


def _worker_begins(**_: Any) -> None:
    crucible_unsignalled.watch_worker(record)


_HANDLERS = {
    signals.before_task_publish: _publishing,
    signals.after_task_publish: _published,
    signals.task_received: _received,
    signals.task_prerun: _started,
    signals.task_success: _succeeded,
    signals.task_retry: _retried,
    signals.task_failure: _failed,
    signals.task_internal_error: _internal_error,
    signals.task_revoked: _revoked,
    signals.task_unknown: _unknown_task,
    signals.task_rejected: _rejected,
    signals.worker_init: _worker_begins,
    signals.worker_process_init: _child_started,
    signals.worker_ready: _worker_ready,
    signals.worker_shutting_down: _shutting_down,
    signals.beat_init: _ready,
}

for _signal, _handler in _HANDLERS.items():
    _signal.connect(_handler, weak=False, dispatch_uid="crucible." + _handler.__name__)
