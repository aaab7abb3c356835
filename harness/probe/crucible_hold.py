"""Holds a task in the state that a fault aims at, until the fault is in.

Runs inside the user's interpreter, like the probe. All processes of a run share one small file in
memory. Its first byte is zero nearly always, and then looking at it is all that happens. Armed, it
carries an order, and the process that first meets it answers and waits until it is released.

The file: byte 0 the state, byte 1 the order's number, then three lines of JSON, each with a place
of its own: the order (Crucible writes it), the answer and the counts (processes write them).
"""

import fcntl
import mmap
import os
import time
from json import dumps, loads
from typing import Any

IDLE, ARMED, HELD = 0, 1, 2
ORDER, ANSWER, COUNTS, SIZE = 2, 1024, 2048, 65536
HELD_SECONDS_MAX = 30.0  # then the process goes on by itself, and the fault has missed its aim
ASK_SECONDS = 0.0005

NODE = os.environ.get("CRUCIBLE_NODE", "unknown")


def _opened() -> Any:
    global _descriptor
    try:
        _descriptor = os.open(os.environ["CRUCIBLE_HOLD_FILE"], os.O_RDWR)
        return mmap.mmap(_descriptor, SIZE)
    except (KeyError, OSError, ValueError):
        return bytearray(1)  # nobody can aim here


_descriptor = -1
orders = _opened()


def hold(state: str, id_: object, name: object, group: object = None, late: object = True) -> None:
    """Wait here if this is the state an order asks for: the nth of its kind."""
    number = orders[1]
    order = read(orders, ORDER, ANSWER)
    if orders[0] != ARMED or not order or not _asked_for(order, state, name, group, late):
        return
    reached = time.monotonic_ns()
    if _count(str(group) if order["grouped"] else "") != order["nth"]:
        return
    answer = {"id": str(id_), "name": str(name), "node": NODE, "pid": os.getpid()}
    write(orders, ANSWER, dict(answer, mono=reached, number=number))
    orders[0] = HELD
    _wait(number)


def _asked_for(order: Any, state: str, name: object, group: object, late: object) -> bool:
    return bool(
        order["state"] == state
        and order["task"] in ("", name)
        and order["node"] in ("", NODE)
        and (group or not order["grouped"])
        and (late or not order["late"])
    )


def _count(kind: str) -> int:
    """How many have been met, this one included; of all processes together."""
    fcntl.lockf(_descriptor, fcntl.LOCK_EX)
    try:
        counts = read(orders, COUNTS, SIZE) or {}
        counts[kind] = counts.get(kind, 0) + 1
        write(orders, COUNTS, counts)
        return int(counts[kind])
    finally:
        fcntl.lockf(_descriptor, fcntl.LOCK_UN)


def _wait(number: int) -> None:
    deadline = time.monotonic() + HELD_SECONDS_MAX
    while orders[0] == HELD and orders[1] == number and time.monotonic() < deadline:
        time.sleep(ASK_SECONDS)


def read(memory: Any, start: int, end: int) -> Any:
    """The JSON of one place; None if there is none, or it is being written."""
    line, newline, _ = memory[start:end].partition(b"\n")
    try:
        return loads(line.decode()) if newline else None
    except ValueError:
        return None


def write(memory: Any, start: int, value: Any) -> None:
    """Put JSON in its place."""
    line = dumps(value).encode() + b"\n"
    memory[start : start + len(line)] = line
