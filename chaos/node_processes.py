"""The processes of a node, to be looked into; where nodes are processes of this machine."""

import contextlib
from collections.abc import Iterator

import psutil

from harness.session import Session


def processes(session: Session, node: str) -> Iterator[psutil.Process]:
    """Its main process and its children, those that live."""
    living = session.stack.node(node)
    for pid in (living.pid, *living.children()):
        with contextlib.suppress(psutil.NoSuchProcess):
            if pid is not None:
                yield psutil.Process(pid)
