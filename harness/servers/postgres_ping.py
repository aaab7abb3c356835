"""Ask a PostgreSQL server over its own protocol whether it is ready; needs no client library."""

import socket
import struct

PROTOCOL_3_0 = 196608
TERMINATE = b"X\x00\x00\x00\x04"


def postgres_answers(
    host: str,
    port: int,
    *,
    user: str = "crucible",
    database: str = "target",
    timeout_s: float = 1.0,
) -> bool:
    """Whether the server lets ``user`` into ``database`` and says ReadyForQuery.

    A server that is still starting, refuses the user or lacks the database does not answer in
    this sense. Messages: https://www.postgresql.org/docs/current/protocol-message-formats.html
    """
    try:
        with socket.create_connection((host, port), timeout=timeout_s) as connection:
            connection.sendall(_startup_message(user, database))
            with connection.makefile("rb") as answers:
                while (kind := answers.read(1)) not in (b"E", b""):
                    if kind == b"Z":
                        connection.sendall(TERMINATE)
                        return True
                    (length,) = struct.unpack("!i", answers.read(4))
                    answers.read(length - 4)
    except (OSError, struct.error):
        pass
    return False


def _startup_message(user: str, database: str) -> bytes:
    pairs = f"user\0{user}\0database\0{database}\0\0".encode()
    return struct.pack("!ii", len(pairs) + 8, PROTOCOL_3_0) + pairs
