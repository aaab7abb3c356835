"""Appends what the travelling beat does to its file of evidence, under the machine's real clocks.

The one module that freezegun is told to leave alone: ``mono`` and ``wall`` of each line are real,
and the frozen time stands in its detail as ``at``. One ``write`` on an ``O_APPEND`` descriptor, as
the probe does: it survives the SIGKILL that a plan may ask for.
"""

import os
from json import dumps
from time import monotonic_ns, process_time, thread_time, time_ns
from typing import Any, Dict, Optional

NODE = os.environ.get("CRUCIBLE_NODE", "unknown")
_descriptor = os.open(
    os.environ.get("CRUCIBLE_PROBE_FILE", os.devnull), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644
)


def record(type_: str, id_: str, name: str = "", detail: Optional[Dict[str, Any]] = None) -> None:
    """Append one event."""
    fields = {"mono": monotonic_ns(), "wall": time_ns(), "node": NODE, "type": type_, "id": id_}
    if name:
        fields["name"] = name
    if detail:
        fields["detail"] = detail
    os.write(_descriptor, dumps(fields, separators=(",", ":")).encode() + b"\n")


def real_seconds() -> float:
    """The machine's monotonic clock, whatever the frozen one says."""
    return monotonic_ns() / 1e9


def cpu_seconds() -> float:
    """What this thread has used of the processor."""
    return thread_time()


def all_cpu_seconds() -> float:
    """What this process has used of the processor."""
    return process_time()
