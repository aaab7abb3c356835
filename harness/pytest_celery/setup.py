"""pytest-celery's setup over a stack: its broker, its backend, its workers, and their app."""

from typing import Any, Final

from celery import Celery
from pytest_celery import RESULT_TIMEOUT, CeleryTestSetup

#: A task that every Celery worker has: it gives back one of its arguments.
ECHO: Final = "celery.accumulate"


class StackPing:
    """A task that answers ``pong`` on any worker, without anything being added to the target."""

    def __init__(self, app: Celery) -> None:
        self._app = app

    def s(self) -> Any:
        """Its signature."""
        return self._app.signature(ECHO, args=("pong",), kwargs={"index": 0})

    def delay(self) -> Any:
        """Enqueue it."""
        return self.s().delay()


class StackSetup(CeleryTestSetup):  # type: ignore[misc]
    """A setup of which the target, not the test, decides what its nodes are."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ping = StackPing(self.app)

    def _is_control_ping_ready(self, control: bool) -> bool:
        if not control:
            return True
        names = [worker.hostname() for worker in self.worker_cluster]
        answers = self.app.control.ping(destination=names, timeout=RESULT_TIMEOUT, limit=len(names))
        return {name for answer in answers for name in answer} == set(names)
