"""Enqueues tasks the way the target's own code would: its interpreter, its app, its routes.

Listens on CRUCIBLE_PORT and reads one JSON object a line: ``{"id", "task", "args", "kwargs",
"options", "expects", "result_hash", "due", "canvas"}``, or ``{"batch": ...}`` for
``crucible_batch``. The answer is evidence, not a reply: ``invoke`` before the attempt, then ``ok``
(the broker took it) or ``info`` (it failed on the way: nobody can know). ``{"ask": "result",
"id"}``, ``{"ask": "results", "ids"}``, ``{"ask": "settings"}`` and ``{"ask": "workers"}`` are
answered by one line of JSON each. Each connection is served by a process of its own, so that
several who ask do not wait for each other.
"""

import os
import signal
import socket
import sys
from contextlib import ExitStack, suppress
from json import dumps, loads
from typing import Any

sys.path.insert(0, os.getcwd())  # `celery -A` does the same

from celery import Task, states
from celery.app.utils import find_app
from crucible_probe import record
from crucible_settings import record_settings

ANSWER_SECONDS_MAX = 1.0  # of each question to all workers: nobody knows how many they are


class Client:
    """Publishes with one producer for as long as it serves: getting one costs 5 % of a task.

    That one connection goes on to be used, and that a failed one is given back to Celery's pool,
    is as if each task had been published by itself.
    """

    def __init__(self, app: Any) -> None:
        self._app = app
        self._holding = ExitStack()
        self._producer: Any = None

    def connect(self) -> None:
        """Connect before anything is asked for, so that the first task pays for nothing else."""
        with suppress(Exception):  # it will be told of when it matters
            _ = self._acquired().channel  # connects

    def serve(self, order: Any) -> None:
        """Do what one line asks for."""
        if "batch" in order:
            from crucible_batch import publish

            publish(self._app, **order["batch"])
        else:
            self.enqueue(order)

    def enqueue(self, order: Any) -> None:
        """Publish one task, or one canvas; its id is the operation's id."""
        id_, name = order["id"], order["task"]
        record("invoke", id_, name, _invocation(order))
        try:
            self._publish(id_, name, order)
        except Exception as error:
            reason = "%s: %s" % (type(error).__name__, str(error)[:500])
            record("info", id_, name, dumps({"reason": reason}))
            self._release()
        else:
            record("ok", id_, name)

    def _publish(self, id_: str, name: str, order: Any) -> None:
        if "canvas" in order:
            from crucible_canvas import apply

            apply(self._app, order["canvas"], id_, self._acquired())
            return
        task = self._app.tasks.get(name)
        arguments = (order.get("args", []), order.get("kwargs", {}))
        options = dict(order.get("options", {}), task_id=id_)
        if task is None:
            self._app.send_task(name, *arguments, producer=self._acquired(), **options)
        elif type(task).apply_async is Task.apply_async:
            task.apply_async(*arguments, producer=self._acquired(), **options)
        else:  # the target's own, which may not expect a producer
            task.apply_async(*arguments, **options)

    def _acquired(self) -> Any:
        if self._producer is None:
            self._producer = self._holding.enter_context(self._app.producer_or_acquire())
        return self._producer

    def _release(self) -> None:
        self._producer = None
        self._holding.close()


def _invocation(order: Any) -> str:
    due, result = order.get("due"), order.get("result_hash")
    head = '{"kind":"enqueue","expects":%s' % dumps(order.get("expects", []))
    if result is not None:
        head += ',"result_hash":%s' % dumps(result)
    return head + ("}" if due is None else ',"due":%d}' % due)


class Answers:
    """What the target's own app knows: results by its own backend, its settings, its workers."""

    def __init__(self, app: Any) -> None:
        self._app = app

    def to(self, question: Any) -> str:
        """One line of JSON; ``{"error"}`` if it cannot be told."""
        tell = {
            "result": self._result,
            "results": self._results,
            "workers": self._workers,
        }.get(question["ask"], self._settings)
        try:
            return dumps(tell(question))
        except Exception as error:
            # A database connection that broke is of no more use: Django makes another.
            if "django.db" in sys.modules:
                sys.modules["django.db"].close_old_connections()
            return dumps({"error": "%s: %s" % (type(error).__name__, str(error)[:500])})

    def _result(self, question: Any) -> Any:
        backend = self._app.backend
        meta = dict(backend.get_task_meta(question["id"], cache=False))
        if meta["status"] in states.EXCEPTION_STATES and isinstance(meta["result"], BaseException):
            meta["result"] = backend.prepare_exception(meta["result"], serializer="json")
        names = ("status", "result", "traceback")
        # A backend may give them as results, or as what results are stored as.
        children = [
            child.as_tuple() if hasattr(child, "as_tuple") else child
            for child in meta.get("children") or ()
        ]
        return {**{name: meta.get(name) for name in names}, "children": children}

    def _results(self, question: Any) -> Any:
        """Of many tasks, None for one that was never heard of: Celery calls that pending."""
        told = (self._result({"id": id_}) for id_ in question["ids"])
        kept = [None if each["status"] == states.PENDING else each for each in told]
        return {"results": loads(dumps(kept, default=repr))}

    def _workers(self, question: Any) -> Any:
        """Those that answer by remote control: the pid and the queues of each."""
        inspect = self._app.control.inspect
        stats = inspect(timeout=ANSWER_SECONDS_MAX).stats() or {}
        if not stats:
            return {}
        # Asked by name, they are waited for only until all have answered.
        asked = inspect(destination=list(stats), timeout=ANSWER_SECONDS_MAX)
        queues = asked.active_queues() or {}
        return {
            name: {"pid": stats[name]["pid"], "queues": [queue["name"] for queue in queues[name]]}
            for name in stats
            if name in queues
        }

    def _settings(self, question: Any) -> Any:
        """Those that JSON can tell."""
        changed = self._app.conf.table(with_defaults=False, censored=False)
        return {name: value for name, value in changed.items() if _is_plain(value)}


def _is_plain(value: Any) -> bool:
    try:
        dumps(value)
    except (TypeError, ValueError):
        return False
    return True


def main() -> None:
    """Serve each connection in a process of its own, for ever."""
    app = find_app(os.environ["CRUCIBLE_APP"])
    app.loader.import_default_modules()
    app.finalize()
    record_settings(app)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # no zombies: the kernel forgets who has served
    with socket.create_server((os.environ["CRUCIBLE_HOST"], int(os.environ["CRUCIBLE_PORT"]))) as s:
        while True:
            connection, _ = s.accept()
            with connection:
                if os.fork() == 0:
                    s.close()
                    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                    _serve(app, connection)


def _serve(app: Any, connection: socket.socket) -> None:
    status = 1
    try:
        _take_orders(app, connection)
        status = 0
    except BaseException:
        sys.excepthook(*sys.exc_info())  # into the node's log: _exit prints nothing
        raise
    finally:
        os._exit(status)  # no clean-up of what the parent holds


def _take_orders(app: Any, connection: socket.socket) -> None:
    client, answers = Client(app), Answers(app)
    client.connect()
    with connection.makefile("rb") as lines:
        for line in lines:
            order = loads(line)
            if "ask" in order:
                connection.sendall(answers.to(order).encode() + b"\n")
            else:
                client.serve(order)


if __name__ == "__main__":
    main()
