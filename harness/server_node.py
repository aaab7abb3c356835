"""A node that runs a server of somebody else's."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from harness.event import NOTHING
from harness.node import Address, NodeSpec
from harness.servers.account import Account


def server_node(
    name: str,
    argv: tuple[str, ...],
    cwd: Path,
    address: Address,
    ready: Callable[[], bool],
    *,
    pages: Mapping[str, str] = NOTHING,
    account: Account | None = None,
    farewell: int | None = None,
) -> NodeSpec:
    """Its spec; the server gets nothing of our environment but what it cannot do without."""
    # Toxiproxy would log each connection: megabytes a minute that nobody reads.
    environment = {"PATH": os.defpath, "LC_ALL": "C", "LOG_LEVEL": "warn"}
    return NodeSpec(
        name,
        argv,
        cwd,
        environment,
        address=address,
        ready=ready,
        pages=pages,
        account=account,
        farewell=farewell,
    )
