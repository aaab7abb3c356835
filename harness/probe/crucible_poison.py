"""Tasks that misbehave, for workers that a target file lets learn them (``poison = true``).

Runs inside the user's interpreter, like the probe. What ends its process does so in its first
``times`` executions and then ends well, so that a system which tries again comes to rest.
"""

import os
import signal
import time
from typing import Any, Callable

import celery
from celery.exceptions import SoftTimeLimitExceeded

_PLACE = os.path.dirname(os.environ.get("CRUCIBLE_PROBE_FILE", ""))
_NAP_SECONDS = 0.05
shared_task: Callable[..., Callable[[Any], Any]] = celery.shared_task


def _may_misbehave(task: Any, times: int) -> bool:
    """Whether this is one of its first executions, counted by bytes of a file: a crash keeps it."""
    with open(os.path.join(_PLACE, "poison-%s" % task.request.id), "ab") as file:
        file.write(b".")
        file.flush()
        return file.tell() <= times


@shared_task(bind=True, name="crucible.poison.exits")
def exits(self: Any, times: int) -> None:
    """The process that runs it exits."""
    if _may_misbehave(self, times):
        os._exit(3)


@shared_task(bind=True, name="crucible.poison.kills_its_child")
def kills_its_child(self: Any, times: int) -> None:
    """The process that runs it is killed, as by the kernel for want of memory."""
    if _may_misbehave(self, times):
        os.kill(os.getpid(), signal.SIGKILL)


@shared_task(name="crucible.poison.ignores_soft_limit")
def ignores_soft_limit(seconds: float) -> None:
    """It catches what the soft time limit raises and goes on, for ``seconds`` if nobody ends it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            time.sleep(_NAP_SECONDS)
        except SoftTimeLimitExceeded:
            continue


@shared_task(name="crucible.poison.swallows")
def swallows(payload: str) -> int:
    """It takes whatever it gets."""
    return len(payload)
