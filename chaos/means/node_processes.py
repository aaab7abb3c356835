"""The processes of a node, to be looked into; where nodes are processes of this machine."""

import contextlib
from collections.abc import Iterator

import psutil

from harness.session import Session


def processes(session: Session, node: str) -> Iterator[psutil.Process]:
    """Its main process and its children, those that live.

    Children are looked for once the main process has been dealt with: what was done to it is
    inherited by those that are born later.
    """
    living = session.stack.node(node)
    with contextlib.suppress(psutil.NoSuchProcess):
        if living.pid is not None:
            yield psutil.Process(living.pid)
    for pid in living.children():
        with contextlib.suppress(psutil.NoSuchProcess):
            yield psutil.Process(pid)
