"""Runs first of all in a node whose clock libfaketime fakes, and mends what that breaks.

Python 3.11 and newer sleep until an absolute time of the monotonic clock. libfaketime (0.9.10)
moves that time as it moves the wall clock, even if it was told to leave the monotonic clock alone,
and the sleep fails (EINVAL). Older Pythons slept as is done here.
"""

import importlib
import os
import select
import sys
import time
from typing import Any


def sleep(seconds: Any) -> None:
    """``time.sleep``."""
    select.select([], [], [], seconds)


def _leave_nothing_behind() -> None:
    """Unlink the memory that libfaketime shares with children: after a SIGKILL nobody would.

    Forked children have it already. A program that is executed makes its own.
    """
    for name in os.environ.pop("FAKETIME_SHARED", "").split():
        for file in ("/dev/shm" + name, "/dev/shm/sem." + name.lstrip("/")):
            if os.path.exists(file):
                os.unlink(file)


def _go_on_with_theirs() -> None:
    """Run the ``sitecustomize`` that this one hides, if there is one."""
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != here]
    ours = sys.modules.pop("sitecustomize")
    try:
        importlib.import_module("sitecustomize")
    except ImportError:
        sys.modules["sitecustomize"] = ours


time.sleep = sleep
_leave_nothing_behind()
_go_on_with_theirs()
