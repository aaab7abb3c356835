"""The real ``celery beat``, as a process of its own, told apart only by what it records.

For libfaketime, which speeds up the clocks of a whole process: nothing is frozen or skipped here.
``python crucible_beat_faked.py ARGUMENT...`` runs ``celery ARGUMENT...``. All times are faked,
those of the evidence too.
"""

import os
import sys
from datetime import datetime, timezone
from typing import Any

sys.path.insert(0, os.getcwd())

from celery import signals
from celery.__main__ import main
from celery.beat import Scheduler
from crucible_beat_evidence import NODE, record

_sending = [""]
_apply_entry = Scheduler.apply_entry


def _noting(self: Any, entry: Any, *args: Any, **kwargs: Any) -> Any:
    _sending[0] = entry.name
    return _apply_entry(self, entry, *args, **kwargs)


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="microseconds")


def _published(sender: Any, headers: Any, **_: Any) -> None:
    record("fired", headers["id"], str(sender), {"schedule": _sending[0], "at": _now()})


def _ready(**_: Any) -> None:
    record("node-ready", NODE, "", {"pid": os.getpid(), "at": _now()})


if __name__ == "__main__":
    Scheduler.apply_entry = _noting
    signals.after_task_publish.connect(_published, weak=False)
    signals.beat_init.connect(_ready, weak=False)
    sys.argv = ["celery", *sys.argv[1:]]
    sys.exit(main())
