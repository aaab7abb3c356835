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

from celery import signals

NODE = os.environ.get("CRUCIBLE_NODE", "unknown")
FILE = os.environ.get("CRUCIBLE_PROBE_FILE", os.devnull)

# Opened once and inherited by forked children: appends of several processes do not mix.
_descriptor = os.open(FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
_write = os.write


class _Heads(dict):
    """What all events of one type and name share, by both: made once, since quoting costs."""

    def __missing__(self, type_and_name):
        shared = quote(NODE), *(quote(str(each)) for each in type_and_name)
        head = self[type_and_name] = ',"node":%s,"type":%s,"name":%s,"id":' % shared
        return head


_heads = _Heads()


def record(type_, id_, name="", detail=""):
    """Append one event. ``detail`` is JSON already, since a worker calls this thrice for a task."""
    rest = f',"detail":{detail}' if detail else ""
    head = _heads[type_, name]
    line = f'{{"mono":{monotonic_ns()},"wall":{time_ns()}{head}{quote(str(id_))}{rest}}}\n'
    _write(_descriptor, line.encode())


def _optional(text):
    return "null" if text is None else quote(str(text))


def _publication(headers, routing_key):
    return '{"queue":%s,"retries":%d,"root":%s,"parent":%s,"eta":%s}' % (
        _optional(routing_key),
        headers.get("retries") or 0,
        _optional(headers.get("root_id")),
        _optional(headers.get("parent_id")),
        _optional(headers.get("eta")),
    )


def _publishing(sender=None, headers=None, routing_key=None, **_):
    record("publishing", headers["id"], sender, _publication(headers, routing_key))


def _published(sender=None, headers=None, routing_key=None, **_):
    record("published", headers["id"], sender, _publication(headers, routing_key))


def _received(request=None, **_):
    headers = request.request_dict
    detail = f'{{"retries":{headers.get("retries") or 0},"eta":{_optional(headers.get("eta"))}}}'
    record("received", request.id, request.name, detail)


def _started(task_id=None, task=None, **_):
    request = task.request
    delivery = request.delivery_info
    redelivered = "true" if delivery and delivery.get("redelivered") else "false"
    detail = f'{{"retries":{request.retries or 0},"redelivered":{redelivered},"pid":{_pid}}}'
    record("started", task_id, task.name, detail)


def _succeeded(sender=None, **_):
    record("succeeded", sender.request.id, sender.name)


def _remember_pid():
    global _pid  # each start of a task tells it, and asking the kernel costs more than the clocks
    _pid = os.getpid()


_remember_pid()
os.register_at_fork(after_in_child=_remember_pid)


def _text(value):
    return dumps("%s: %s" % (type(value).__name__, str(value)[:500]))


def _retried(sender=None, request=None, reason=None, **_):
    detail = '{"retries":%d,"reason":%s}' % (request.retries or 0, _text(reason))
    record("retried", request.id, sender.name, detail)


def _failed(task_id=None, exception=None, sender=None, **_):
    record("failed", task_id, sender.name, '{"exception":%s}' % _text(exception))


def _revoked(request=None, terminated=None, expired=None, **_):
    detail = dumps({"terminated": bool(terminated), "expired": bool(expired)})
    record("revoked", request.id, getattr(request, "name", None) or request.task, detail)


def _unknown_task(name=None, id=None, **_):
    record("unknown-task", id, name)


def _rejected(message=None, exc=None, **_):
    headers = getattr(message, "headers", None) or {}
    detail = '{"exception":%s}' % _text(exc)
    record("rejected", headers.get("id") or "", headers.get("task") or "", detail)


def _ready(**_):
    record("node-ready", NODE, "", '{"pid":%d}' % os.getpid())


_HANDLERS = {
    signals.before_task_publish: _publishing,
    signals.after_task_publish: _published,
    signals.task_received: _received,
    signals.task_prerun: _started,
    signals.task_success: _succeeded,
    signals.task_retry: _retried,
    signals.task_failure: _failed,
    signals.task_revoked: _revoked,
    signals.task_unknown: _unknown_task,
    signals.task_rejected: _rejected,
    signals.worker_ready: _ready,
    signals.beat_init: _ready,
}

for _signal, _handler in _HANDLERS.items():
    _signal.connect(_handler, weak=False, dispatch_uid="crucible." + _handler.__name__)
