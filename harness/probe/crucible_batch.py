"""Publishes many messages of one task that were encoded once: to saturate workers.

Celery encodes the first message itself, as always; it is caught on its way to Redis. Of the others
only the task's id and the delivery tag differ, so these alone are put in, and a hundred messages
go in one command. Each byte is what Celery would have sent (a test compares them), but handlers of
``before_task_publish`` run once, for the message that was caught, and an absolute time (eta,
countdown, expires) would be the same for all, so such options are refused. Redis only.
"""

import uuid
from contextlib import contextmanager
from json import loads
from time import monotonic_ns, time_ns
from typing import Any

import crucible_probe
from crucible_probe import quote

TOGETHER = 100  # messages in one command, and in one write of evidence
MOVING = ("eta", "countdown", "expires")
ID = str(uuid.UUID(int=0xC0DE << 112))  # stands in the caught message where each has its own


class Template:
    """One encoded message, with two holes."""

    def __init__(self, app: Any, task: str, args: Any, kwargs: Any, options: Any) -> None:
        if wrong := sorted(set(MOVING) & set(options)):
            raise ValueError("a batch cannot have %s" % ", ".join(wrong))
        self._connection = app.connection_for_write()
        self._channel = self._connection.default_channel
        if not hasattr(self._channel, "conn_or_acquire"):
            raise ValueError("a batch needs Redis")
        with _caught(self._channel) as caught, _unrecorded():
            found = app.tasks.get(task) or app.signature(task)
            producer = app.amqp.Producer(self._channel)
            found.apply_async(args, kwargs, task_id=ID, producer=producer, **options)
        self.key, message = caught[0]
        self.queue = loads(message)["properties"]["delivery_info"]["routing_key"]
        tag = loads(message)["properties"]["delivery_tag"]
        # Split at the tag, then each side at the id: joining is all that is left to do.
        self._before, self._after = (side.split(ID) for side in _text(message).split(tag))

    def encode(self, id_: str, tag: str) -> str:
        """The message of the task ``id_``."""
        return id_.join(self._before) + tag + id_.join(self._after)

    def push(self, messages: Any) -> None:
        """Put them into the queue, in order."""
        self._channel.client.lpush(self.key, *messages)

    def close(self) -> None:
        """Close its connection."""
        self._connection.release()


def publish(
    app: Any, task: str, count: int, args: Any = (), kwargs: Any = None, options: Any = None
) -> None:
    """Publish ``count`` of them; ``publishing`` and ``published`` are recorded for each."""
    template = Template(app, task, args, kwargs or {}, options or {})
    begun, done = _Lines("publishing", task, template), _Lines("published", task, template)
    try:
        for start in range(0, count, TOGETHER):
            ids = [str(uuid.uuid4()) for _ in range(min(TOGETHER, count - start))]
            messages = [template.encode(id_, str(uuid.uuid4())) for id_ in ids]
            begun.write(ids)
            template.push(messages)
            done.write(ids)
    finally:
        template.close()


class _Lines:
    """Evidence of one type for many tasks, in one write."""

    def __init__(self, type_: str, task: str, template: Template) -> None:
        self._head = crucible_probe._Heads(type_)[task]
        self._queue = quote(template.queue)

    def write(self, ids: Any) -> None:
        mono, wall, queue = monotonic_ns(), time_ns(), self._queue
        lines = [
            f'{{"mono":{mono},"wall":{wall}{self._head}"{id_}","detail":{{"queue":{queue},'
            f'"retries":0,"root":"{id_}","parent":null,"eta":null}}}}\n'
            for id_ in ids
        ]
        crucible_probe._write(crucible_probe._descriptor, "".join(lines).encode())


@contextmanager
def _caught(channel: Any) -> Any:
    """What would be pushed to Redis inside the block, as (key, message), and is not."""
    caught: Any = []
    real = channel.conn_or_acquire

    class Client:
        def __init__(self, client: Any) -> None:
            self._client = client

        def __getattr__(self, name: str) -> Any:
            return getattr(self._client, name)

        def lpush(self, key: str, message: Any) -> None:
            caught.append((key, message))

    @contextmanager
    def conn_or_acquire(client: Any = None) -> Any:
        with real(client) as found:
            yield Client(found)

    channel.conn_or_acquire = conn_or_acquire
    try:
        yield caught
    finally:
        channel.conn_or_acquire = real


@contextmanager
def _unrecorded() -> Any:
    """The probe is silent inside the block: this task is never published."""
    write = crucible_probe._write
    crucible_probe._write = lambda *_: 0
    try:
        yield
    finally:
        crucible_probe._write = write


def _text(message: Any) -> str:
    return message.decode() if isinstance(message, bytes) else message
