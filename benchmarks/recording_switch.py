"""Switches a worker's recording off and on by signals, so that one process is measured in both.

A worker includes it beside the probe (`benchmarks.recording_cost`). Each process of the worker
tells of its switch by an event of its own.
"""

import os
import signal
from typing import Any

import crucible_probe as probe
from celery.backends.base import Backend

ON, OFF = signal.SIGRTMIN + 1, signal.SIGRTMIN + 2
SWITCHED = "switched"


def _switch(number: int, _frame: Any) -> None:
    on = number == ON
    for event, handler in probe._HANDLERS.items():
        uid = "crucible." + handler.__name__
        if on:
            event.connect(handler, weak=False, dispatch_uid=uid)
        else:
            event.disconnect(dispatch_uid=uid)
    Backend.mark_as_done = probe._returned if on else probe._mark_as_done
    probe.record(SWITCHED, str(os.getpid()), "on" if on else "off")


for _signal in (ON, OFF):
    signal.signal(_signal, _switch)  # children of the pool inherit it
