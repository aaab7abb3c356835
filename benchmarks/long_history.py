"""Writes a history as long as one likes, shaped like that of a real run of the bundled shop."""

from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from harness import event as ev
from harness.event import Event
from harness.history import HEADER

ORDER = "myapp.tasks.process_order"
SYNC = "myapp.tasks.sync_to_external_service"
WORKER = "worker-default"
EFFECTS = ("order", "charge", "mail")  # what each order changes, next to its product's stock
PRODUCTS = 20
STOCK = 10**6
ORDERS_PER_FAULT = 1000
NS_PER_ORDER = 4_000_000


def write_history(path: Path, count: int) -> int:
    """Write ``count`` events or a few more, as orders with all that follows from them."""
    with path.open("w", encoding="utf-8") as file:
        file.write(HEADER + "\n")
        orders, written = 0, _write(file, _stock(0, "before"))
        while written + len(EFFECTS) * orders < count:
            written += _write(file, _order(orders))
            orders += 1
        return written + _write(file, _effects(orders)) + _write(file, _stock(orders, "after"))


def _write(file: TextIO, events: Iterator[Event]) -> int:
    lines = [event.to_json() + "\n" for event in events]
    file.writelines(lines)
    return len(lines)


def _order(number: int) -> Iterator[Event]:
    """One order: asked, published, executed, synchronised; each thousandth meets a fault."""
    now, asked = number * NS_PER_ORDER, f"op-{number}"
    expects: list[list[object]] = [[effect, f"A-{number}", 1] for effect in EFFECTS]
    expects.append(["stock", f"P-{number % PRODUCTS}", -1])
    yield _event(now, "client", ev.INVOKE, asked, "order", kind="page", expects=expects)
    yield from _task(now, f"{number:08x}-5f0e-4d7a-9c1b-0123456789ab", ORDER, "web", number)
    yield _event(now, "client", ev.OK, asked, "order", status=302)
    yield from _task(now, f"{number:08x}-77aa-4d7a-9c1b-0123456789ab", SYNC, WORKER, 1)
    for queue in ("celery", "high_priority"):
        backlog = number % 7
        yield _event(now, "broker", ev.SAMPLE, queue, ready=backlog, unacked=backlog)


def _task(now: int, id_: str, name: str, publisher: str, number: int) -> Iterator[Event]:
    sent = {"queue": "celery", "retries": 0, "root": id_, "parent": None, "eta": None}
    yield _event(now, publisher, ev.PUBLISHING, id_, name, **sent)
    yield _event(now, publisher, ev.PUBLISHED, id_, name, **sent)
    yield from _start(now, id_, name, redelivered=False)
    if number % ORDERS_PER_FAULT == 0:
        yield from _kill(now, number)
        yield from _start(now, id_, name, redelivered=True)
    yield _event(now + 1, WORKER, ev.SUCCEEDED, id_, name)


def _start(now: int, id_: str, name: str, redelivered: bool) -> Iterator[Event]:
    yield _event(now, WORKER, ev.RECEIVED, id_, name, retries=0, eta=None)
    detail = {"retries": 0, "redelivered": redelivered, "pid": 4711}
    yield _event(now, WORKER, ev.STARTED, id_, name, **detail)


def _kill(now: int, number: int) -> Iterator[Event]:
    """A fault kills the worker, its supervisor starts it again."""
    fault = f"fault-{number}"
    yield _event(now, "chaos", ev.FAULT_INJECTED, fault, "kill", target=WORKER)
    yield _event(now, "chaos", ev.FAULT_EFFECTIVE, fault, "kill", proof="it died", in_flight=3)
    yield _event(now, "stack", ev.NODE_EXITED, WORKER, code=-9, expected=True, cause="kill")
    yield _event(now, "stack", ev.NODE_STARTED, WORKER, pid=number, restarts=number)
    yield _event(now, "chaos", ev.FAULT_HEALED, fault, "kill")


def _effects(orders: int) -> Iterator[Event]:
    for number in range(orders):
        for effect in EFFECTS:
            key, end = f"A-{number}", orders * NS_PER_ORDER
            yield _event(end, "effects", ev.EFFECT, key, effect, amount=1, reading="after")


def _stock(orders: int, reading: str) -> Iterator[Event]:
    for product in range(PRODUCTS):
        sold = len(range(product, orders, PRODUCTS))
        amount, when = STOCK - sold, orders * NS_PER_ORDER
        key = f"P-{product}"
        yield _event(when, "effects", ev.EFFECT, key, "stock", amount=amount, reading=reading)


def _event(mono: int, node: str, type_: str, id_: str, name: str = "", **detail: object) -> Event:
    return Event(mono, 1_800_000_000_000_000_000 + mono, node, type_, id_, name, detail)
