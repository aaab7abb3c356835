"""Speaks to a server through its link, to see what a fault does to whoever speaks there.

Each hello is a kilobyte that the server answers and then hangs up on, so that an exchange shows
when answers come, how much of them, and how they end. None leaves anything behind. RabbitMQ alone
waits for its client to hang up: only a greeting that it does not understand makes it do so.
"""

import struct
from dataclasses import dataclass
from typing import Final

from chaos.need import RABBITMQ
from harness.brokers.broker import BROKER
from harness.exchange import Exchange
from harness.servers import postgres
from harness.session import Session
from harness.wiring import DATABASE, RESULTS

PADDING: Final = b"x" * 1000
SMALLEST_BYTES: Final = 100  # any hello, and any answer to one that need not hang up, has more
REDIS: Final = b"*2\r\n$4\r\nECHO\r\n$1000\r\n" + PADDING + b"\r\n*1\r\n$4\r\nQUIT\r\n"
#: A protocol that RabbitMQ does not speak: it names its own and hangs up (AMQP 0-9-1, 4.2.2).
RABBITMQ_GREETING: Final = b"AMQP\x00\xff\xff\xff"
#: HTTP; a mail server says that it knows no such commands, and goodbye.
SERVICE: Final = b"GET / HTTP/1.0\r\nX-Padding: " + PADDING + b"\r\n\r\nQUIT\r\n"


@dataclass(frozen=True, slots=True)
class Contrast:
    """The same hello through a link and past it, one after the other."""

    through: Exchange
    past: Exchange


def contrast(
    session: Session, link: str, seconds_max: float, *, hangs_up: bool = False
) -> Contrast:
    """The exchange past the link, then the one through it.

    ``hangs_up``: say what makes the server hang up, whichever it is.
    """
    chosen = session.stack.link(link)
    said = _hello(session, chosen.server, hangs_up)
    past = chosen.exchange(said, seconds_max, direct=True)
    return Contrast(chosen.exchange(said, seconds_max), past)


def _hello(session: Session, server: str, hangs_up: bool) -> bytes:
    if server == BROKER and RABBITMQ.met(session.stack.settings):
        return RABBITMQ_GREETING if hangs_up else _rabbitmq()
    if server == BROKER:
        return REDIS
    return _postgres() if server in (DATABASE, RESULTS) else SERVICE


def _postgres() -> bytes:
    """A start-up message (PostgreSQL's documentation, 55.7) and a Terminate."""
    names = {"user": postgres.USER, "database": postgres.DATABASE, "application_name": "crucible"}
    words = b"".join(f"{key}\0{value}\0".encode() for key, value in names.items())
    words += b"options\0-c crucible.padding=" + PADDING + b"\0"
    start = struct.pack("!II", len(words) + 9, 3 << 16) + words + b"\0"
    return start + b"X" + struct.pack("!I", 4)


def _rabbitmq() -> bytes:
    """A connection that is opened and closed at once (AMQP 0-9-1, 1.4)."""
    properties = _short(b"padding") + b"S" + _long(PADDING)
    start_ok = _long(properties) + _short(b"PLAIN") + _long(b"\0guest\0guest") + _short(b"en_US")
    tune_ok = struct.pack("!HIH", 2047, 131072, 0)
    opened = _short(b"/") + _short(b"") + b"\0"
    closed = struct.pack("!H", 200) + _short(b"") + bytes(4)
    methods = ((11, start_ok), (31, tune_ok), (40, opened), (50, closed))
    return b"AMQP\x00\x00\x09\x01" + b"".join(_method(*method) for method in methods)


def _method(number: int, arguments: bytes) -> bytes:
    payload = struct.pack("!HH", 10, number) + arguments  # of the class `connection`
    return struct.pack("!BHI", 1, 0, len(payload)) + payload + b"\xce"


def _short(text: bytes) -> bytes:
    return bytes([len(text)]) + text


def _long(text: bytes) -> bytes:
    return struct.pack("!I", len(text)) + text
