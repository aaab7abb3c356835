"""Enqueues tasks the way the target's own code would: its interpreter, its app, its routes.

Listens on CRUCIBLE_PORT and reads one JSON object a line: ``{"id", "task", "args", "kwargs",
"options", "expects"}``. The answer is evidence, not a reply: ``invoke`` before the attempt, then
``ok`` (the broker took it) or ``info`` (it failed on the way: nobody can know).
"""

import os
import socket
import sys
from json import dumps, loads
from typing import Any

sys.path.insert(0, os.getcwd())  # `celery -A` does the same

from celery.app.utils import find_app
from crucible_probe import record


def enqueue(app: Any, order: Any) -> None:
    """Publish one task; its id is the operation's id."""
    name = order["task"]
    detail = {"kind": "enqueue", "expects": order.get("expects", [])}
    record("invoke", order["id"], name, dumps(detail))
    task = app.tasks.get(name)
    arguments = (order.get("args", []), order.get("kwargs", {}))
    options = dict(order.get("options", {}), task_id=order["id"])
    try:
        if task is not None:
            task.apply_async(*arguments, **options)
        else:
            app.send_task(name, *arguments, **options)
    except Exception as error:
        reason = "%s: %s" % (type(error).__name__, str(error)[:500])
        record("info", order["id"], name, dumps({"reason": reason}))
    else:
        record("ok", order["id"], name)


def main() -> None:
    """Serve one client after another, for ever."""
    app = find_app(os.environ["CRUCIBLE_APP"])
    app.loader.import_default_modules()
    app.finalize()
    with socket.create_server((os.environ["CRUCIBLE_HOST"], int(os.environ["CRUCIBLE_PORT"]))) as s:
        while True:
            connection, _ = s.accept()
            with connection, connection.makefile("rb") as lines:
                for line in lines:
                    enqueue(app, loads(line))


if __name__ == "__main__":
    main()
