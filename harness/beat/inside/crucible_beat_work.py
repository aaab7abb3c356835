"""Runs what beat has sent, at the frozen time, the way a worker's pool would run it.

Beat publishes for real: its options, routes, serializer and signals are the target's. Only the
broker is kombu's own in memory, since a broker's clock would be real, and a year's messages would
pile up in it. Each message is taken off its queue at once: thrown away, or, where a plan wants the
effects, run by Celery's own tracer in this process, so that its body sees the frozen clock too.
"""

from typing import Any, Dict, List, Tuple

from celery.app import trace
from crucible_beat_clock import Clock, iso
from crucible_beat_evidence import record
from kombu.transport.memory import Channel


class Work:
    """The other end of the queues."""

    def __init__(self, app: Any, clock: Clock, execute: bool) -> None:
        self._app = app
        self._clock = clock
        self._execute = execute
        self._connection: Any = app.connection_for_read() if execute else None

    @staticmethod
    def arrived(task_id: str) -> Tuple[List[str], Dict[str, Any]]:
        """In which queues a message just published lies, and how it lies there."""
        queues, found = [], {}
        for name, queue in Channel.queues.items():
            properties = queue.queue[-1]["properties"] if queue.queue else {}
            if properties.get("correlation_id") == task_id:
                queues.append(name)
                found = dict(properties["delivery_info"], priority=properties["priority"])
        return sorted(queues), found

    def drain(self) -> None:
        """Take every message off its queue, and what these send in turn."""
        if not self._execute:
            for queue in Channel.queues.values():
                queue.queue.clear()
            return
        while any(queue.qsize() for queue in Channel.queues.values()):
            for name in list(Channel.queues):
                message = self._connection.default_channel.basic_get(name, no_ack=True)
                if message is not None:
                    self._run(message)

    def _run(self, message: Any) -> None:
        headers: Dict[str, Any] = message.headers
        if headers.get("eta"):
            # Waiting is for a real clock to judge (retries, countdowns): it is told, and left.
            self._record("deferred", headers, {"eta": headers["eta"]})
            return
        args, kwargs, embed = message.payload
        request = dict(headers, **embed, args=args, kwargs=kwargs, called_directly=False)
        request["delivery_info"] = {"redelivered": False, "priority": 0}
        task = self._app.tasks[headers["task"]]
        self._record("started", headers, {})
        outcome = trace.trace_task(task, headers["id"], args, kwargs, request, app=self._app)
        if outcome.info is None:
            self._record("succeeded", headers, {})
        else:
            how = "retried" if outcome.info.state == "RETRY" else "failed"
            self._record(how, headers, {"exception": repr(outcome.info.retval)[:500]})

    def _record(self, type_: str, headers: Dict[str, Any], detail: Dict[str, Any]) -> None:
        at = iso(self._clock.now)
        record(type_, headers["id"], headers["task"], dict(detail, at=at, retries=0))
