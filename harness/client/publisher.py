"""Enqueues tasks through the target's own app, in a process of the target's interpreter."""

import json
import socket
import threading
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from harness.node import Address
from harness.operation import Expectation

MORE: Final = getattr(socket, "MSG_MORE", 0)  # Linux has it, and keeps it for 200 ms at most


@dataclass(frozen=True, slots=True)
class Enqueue:
    """A task to enqueue, or a canvas of tasks. Its id is the operation's id."""

    task: str  # of a canvas, what reports call it
    args: Sequence[Any] = ()
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    expects: Sequence[Expectation] = ()
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    due: int | None = None  # monotonic ns: when it was meant to be asked for
    canvas: Mapping[str, Any] | None = None  # as `crucible_publisher` reads it; instead of a task
    result_hash: str | None = None  # of what it must return, by `harness.result_hash`; None: any

    def to_json(self) -> bytes:
        """One line, as ``crucible_publisher`` reads it."""
        order: dict[str, Any] = {
            "id": self.id,
            "task": self.task,
            "args": list(self.args),
            "kwargs": dict(self.kwargs),
            "options": dict(self.options),
            "expects": [list(each) for each in self.expects],
        }
        if self.result_hash is not None:
            order["result_hash"] = self.result_hash
        if self.due is not None:
            order["due"] = self.due
        if self.canvas is not None:
            order["canvas"] = self.canvas
        return json.dumps(order).encode() + b"\n"


class Publisher:
    """The connection to the stack's ``client`` node. Evidence comes by the node's probe."""

    def __init__(self, address: Address) -> None:
        self._socket = _connection(address)
        self._sending = threading.Lock()
        self.handed_over = 0  # how many tasks; each is answered by an ok or an info of the client

    def enqueue(self, task: Enqueue, *, more: bool = False) -> None:
        """Hand over a task to be published; returns before it is.

        ``more``: another follows at once, with which it may travel. A packet for each costs the
        client a twentieth of its rate.
        """
        with self._sending:
            self.handed_over += 1
            order = task.to_json()
            # Nearly always it fits; gevent's own `sendall` costs twice as much.
            sent = self._socket.send(order, MORE if more else 0)
            if sent < len(order):
                self._socket.sendall(order[sent:])

    def batch(self, order: Mapping[str, Any]) -> None:
        """Hand over many tasks of one kind, encoded once: see ``crucible_batch.publish``.

        It is no operation: nobody answers to it, so nobody may wait for an answer.
        """
        with self._sending:
            self._socket.sendall(json.dumps({"batch": dict(order)}).encode() + b"\n")

    def reconnect(self, address: Address, answered: int) -> None:
        """Connect to a client node that was started anew; the one before has answered so often."""
        with self._sending:
            self._socket.close()
            self._socket = _connection(address)
            self.handed_over = answered

    def close(self) -> None:
        """Close the connection; what was handed over is still published."""
        self._socket.close()


def _connection(address: Address) -> socket.socket:
    """A connection on which an order never waits for the one before to be acknowledged.

    Nobody answers on it, so that with Nagle's algorithm one may wait for the peer's delayed
    acknowledgement, 40 ms.
    """
    connection = socket.create_connection(address)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection
