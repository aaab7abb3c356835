"""The nodes that are not the target's own: Toxiproxy, broker and database, on real servers."""

import os
import signal
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from harness import readiness
from harness.event import NOTHING
from harness.link import Toxiproxy
from harness.node import Address, NodeSpec
from harness.servers import postgres as postgres_server
from harness.servers.account import Account, unprivileged
from harness.servers.find import Server
from harness.servers.postgres_ping import postgres_answers
from harness.wiring import BROKER, DATABASE

TOXIPROXY = "toxiproxy"


def toxiproxy(server: Server, proxy: Toxiproxy, scratch: Path) -> NodeSpec:
    """The proxy of every link; its API is the node's address."""
    api = proxy.api
    argv = (str(server.path), f"-host={api.host}", f"-port={api.port}")
    pages = {"toxiproxy": f"http://{api}/proxies"}
    return _spec(TOXIPROXY, argv, scratch, api, proxy.answers, pages=pages)


def redis(server: Server, address: Address, scratch: Path) -> NodeSpec:
    """A Redis broker that keeps nothing on disk."""
    argv = (
        str(server.path),
        *("--bind", address.host, "--port", str(address.port), "--dir", str(scratch)),
        *("--save", "", "--appendonly", "no"),
    )
    return _spec(BROKER, argv, scratch, address, lambda: readiness.redis(address))


def postgres(server: Server, address: Address, data: Path, scratch: Path) -> NodeSpec:
    """The database, on a data directory that is ready already."""
    argv = tuple(postgres_server.command(server, data, address.port, address.host))
    ask = partial(
        postgres_answers, *address, user=postgres_server.USER, database=postgres_server.DATABASE
    )
    # SIGINT, its fast shutdown: killed, it would leave a System V shared memory segment behind.
    farewell = signal.SIGINT
    return _spec(DATABASE, argv, scratch, address, ask, account=unprivileged(), farewell=farewell)


def _spec(
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
    # A server gets nothing of our environment but what it cannot do without.
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
