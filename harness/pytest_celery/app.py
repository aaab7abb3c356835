"""The app a test holds: it has the target's settings, and goes past every link.

What it enqueues is recorded as operations, what it orders of workers is told to who cleans up, and
results are asked of the target's own backend.
"""

import time
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from celery import Celery
from celery.app.amqp import AMQP
from celery.app.control import Control
from celery.backends.base import Backend, SyncBackendMixin
from celery.exceptions import TimeoutError as ResultTimeoutError
from celery.states import READY_STATES
from kombu import pools

from harness.client.inquiry import Inquiry
from harness.errors import CrucibleError
from harness.event import INFO, INVOKE, OK
from harness.recorder import Recorder

NAME: Final = "crucible"
ASK_SECONDS: Final = 0.01  # between two questions for a result
#: Settings of the target that are about where things are: the test's are others.
PLACES: Final = ("broker", "result_backend", "beat", "worker")
#: Orders that change nothing in a worker.
ASKING: Final = frozenset({
    "ping", "active", "active_queues", "clock", "conf", "hello", "objgraph", "query_task",
    "registered", "report", "reserved", "revoked", "scheduled", "stats",
})  # fmt: skip

Ordered = Callable[[str, "Collection[str] | None"], None]


class StackApp(Celery):  # type: ignore[misc]
    """Publishes to the stack's broker with the target's settings."""

    def __init__(
        self, broker_url: str, inquiry: Inquiry, recorder: Recorder, ordered: Ordered
    ) -> None:
        self.inquiry = inquiry
        self.recorder = recorder
        self.ordered = ordered
        super().__init__(NAME, broker=broker_url, amqp=RecordingAMQP, control=WatchedControl)
        self.conf.update(_shared(inquiry))

    def reconnect(self) -> None:
        """Make new connections from now on: its broker was started anew."""
        pools.reset()  # type: ignore[no-untyped-call]
        self._pool = None
        self.amqp._producer_pool = None

    def start_anew(self) -> None:
        """The whole stack was started anew."""
        self.reconnect()
        self.inquiry.reconnect()

    def _get_backend(self) -> "AskingBackend":
        return AskingBackend(app=self)


class RecordingAMQP(AMQP):  # type: ignore[misc]
    """Writes an operation for each task it publishes."""

    def _create_task_sender(self) -> Callable[..., Any]:
        send = super()._create_task_sender()
        recorder = self.app.recorder

        def send_task_message(producer: Any, name: str, message: Any, **options: Any) -> Any:
            id_ = str(message.headers["id"])
            recorder.record(INVOKE, id_, name, {"kind": "enqueue", "expects": []})
            try:
                sent = send(producer, name, message, **options)
            except Exception as error:
                recorder.record(INFO, id_, name, {"reason": f"{type(error).__name__}: {error}"})
                raise
            recorder.record(OK, id_, name)
            return sent

        return send_task_message


class WatchedControl(Control):  # type: ignore[misc]
    """Tells of orders that change a worker."""

    def broadcast(self, command: str, *args: Any, destination: Any = None, **more: Any) -> Any:
        """Send an order to workers."""
        if command not in ASKING:
            self.app.ordered(command, destination)
        return super().broadcast(command, *args, destination=destination, **more)


class AskingBackend(SyncBackendMixin, Backend):  # type: ignore[misc]
    """Results as the target's own backend tells them; it stores nothing itself."""

    def get_task_meta(self, task_id: str, cache: bool = True) -> Any:
        """Ask, unless it is known to be final. A failure to tell is the test's to see."""
        if cache and task_id in self._cache:
            return self._cache[task_id]
        meta = self.meta_from_decoded(dict(self.app.inquiry.result(task_id)))
        if cache and meta["status"] in READY_STATES:
            self._cache[task_id] = meta
        return meta

    def wait_for(
        self,
        task_id: str,
        timeout: float | None = None,
        interval: float = ASK_SECONDS,
        no_ack: bool = True,
        on_interval: Callable[[], None] | None = None,
    ) -> Any:
        """Ask until it is final, not every half second, which is Celery's default interval.

        Raises:
            celery.exceptions.TimeoutError: it was not within ``timeout`` seconds.
        """
        self._ensure_not_eager()
        deadline = None if timeout is None else time.monotonic() + timeout
        while (meta := self.get_task_meta(task_id))["status"] not in READY_STATES:
            if on_interval:
                on_interval()
            if deadline is not None and time.monotonic() > deadline:
                raise ResultTimeoutError("The operation timed out.")
            time.sleep(ASK_SECONDS)
        return meta


def _shared(inquiry: Inquiry) -> Mapping[str, Any]:
    try:
        settings = inquiry.settings()
    except CrucibleError:
        return {}
    return {
        name: value
        for name, value in settings.items()
        if not name.startswith(PLACES) or name == "broker_transport_options"
    }
