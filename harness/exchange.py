"""One exchange with a server, watched from its client's side: how much came, when, how it ended.

Runs in Crucible or, as a program, in a client's container: Python 3.9, standard library only.
``python -c SOURCE HOST PORT HEX SECONDS`` prints the exchange as JSON.
"""

import json
import socket
import sys
import time
from typing import NamedTuple

CLOSED, RESET, REFUSED, SILENT = "closed", "reset", "refused", "silent"


class Exchange(NamedTuple):
    """What became of it. ``ended``: one of the four words above."""

    ended: str
    received: int = 0  # bytes
    pieces: int = 0  # how often something came
    first: float = 0.0  # seconds from sending to the first piece
    last: float = 0.0  # seconds from sending to the last piece
    seconds: float = 0.0  # from sending to the end


def exchange(host: str, port: int, hello: bytes, seconds_max: float) -> Exchange:
    """Connect, say ``hello``, and listen until the other side closes; or for ``seconds_max``."""
    try:
        connection = socket.create_connection((host, port), seconds_max)
    except ConnectionRefusedError:
        return Exchange(REFUSED)
    except OSError:
        return Exchange(SILENT)
    with connection:
        return _listen(connection, hello, seconds_max)


def _listen(connection: socket.socket, hello: bytes, seconds_max: float) -> Exchange:
    received, pieces, first, last, ended = 0, 0, 0.0, 0.0, CLOSED
    began = time.monotonic()
    try:
        connection.sendall(hello)
        while True:
            connection.settimeout(max(began + seconds_max - time.monotonic(), 0.001))
            data = connection.recv(1 << 16)
            if not data:
                break
            last = time.monotonic() - began
            first = first or last
            received, pieces = received + len(data), pieces + 1
    except socket.timeout:  # noqa: UP041 - in Python 3.9 it is not TimeoutError
        ended = SILENT
    except OSError:
        ended = RESET
    return Exchange(ended, received, pieces, first, last, time.monotonic() - began)


if __name__ == "__main__":
    host, port, hello, seconds = sys.argv[1:]
    print(json.dumps(exchange(host, int(port), bytes.fromhex(hello), float(seconds))))
