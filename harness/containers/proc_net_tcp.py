"""``/proc/net/tcp`` as a container sees it: only the sockets its own processes hold."""

import contextlib
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

NET: Final = Path("/proc/net")
FILES: Final = ("tcp", "tcp6", "udp", "udp6")
LISTENING: Final = "0A"  # TCP_LISTEN, include/net/tcp_states.h
INODE_FIELD: Final = 9
SOCKET: Final = re.compile(r"socket:\[(\d+)\]")


def text(name: str, pids: Iterable[int]) -> str:
    """The file ``/proc/net/<name>``: its heading, and the lines that concern ``pids``."""
    heading, *lines = (NET / name).read_text().splitlines(keepends=True)
    inodes = set(_inodes(pids))
    return heading + "".join(line for line in lines if line.split()[INODE_FIELD] in inodes)


def answer(argv: list[str], pids: Iterable[int]) -> bytes | None:
    """What ``cat /proc/net/tcp ...`` prints inside a container; None if that is not asked."""
    command, *paths = argv
    known = {str(NET / name): name for name in FILES}
    if command != "cat" or not paths or not all(path in known for path in paths):
        return None
    living = list(pids)
    names = [known[path] for path in paths if Path(path).exists()]  # tcp6 only with IPv6
    return "".join(text(name, living) for name in names).encode()


def listening(pids: Iterable[int]) -> set[int]:
    """TCP ports on which ``pids`` accept connections."""
    living = list(pids)
    names = [name for name in ("tcp", "tcp6") if (NET / name).exists()]
    lines = [line.split() for name in names for line in text(name, living).splitlines()[1:]]
    return {int(line[1].rpartition(":")[2], 16) for line in lines if line[3] == LISTENING}


def _inodes(pids: Iterable[int]) -> Iterable[str]:
    for pid in pids:
        with contextlib.suppress(OSError):
            for entry in os.scandir(f"/proc/{pid}/fd"):
                with contextlib.suppress(OSError):
                    if match := SOCKET.fullmatch(os.readlink(entry.path)):
                        yield match[1]
