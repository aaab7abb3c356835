"""Makes a worker one with old code: it does not know the tasks named in CRUCIBLE_FORGETS.

Runs inside the user's interpreter, like the probe, in a worker that a fault starts.
"""

import os
from typing import Any

from celery import signals

FORGETS = os.environ.get("CRUCIBLE_FORGETS", "").split(",")


def _forget(instance: Any = None, **_: Any) -> None:
    for name in FORGETS:
        instance.app.tasks.pop(name, None)


# All modules are imported by now, and nothing has been taken from a queue yet.
signals.celeryd_after_setup.connect(_forget, weak=False, dispatch_uid="crucible.forget")
