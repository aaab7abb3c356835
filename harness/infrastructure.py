"""The nodes that are neither the target's own nor its broker: Toxiproxy and the database."""

import signal
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from harness.link import Toxiproxy
from harness.node import Address, NodeSpec
from harness.server_node import server_node
from harness.servers import postgres as postgres_server
from harness.servers.account import unprivileged
from harness.servers.cache import Progress
from harness.servers.find import Server
from harness.servers.postgres_ping import postgres_answers
from harness.wiring import DATABASE

TOXIPROXY = "toxiproxy"


def toxiproxy(server: Server, proxy: Toxiproxy, scratch: Path) -> NodeSpec:
    """The proxy of every link; its API is the node's address."""
    api = proxy.api
    argv = (str(server.path), f"-host={api.host}", f"-port={api.port}")
    pages = {"toxiproxy": f"http://{api}/proxies"}
    return server_node(TOXIPROXY, argv, scratch, api, proxy.answers, pages=pages)


def postgres(
    server: Server,
    address: Address,
    data: Path,
    scratch: Path,
    prepare: Callable[[Progress], None],
) -> NodeSpec:
    """The database, on a data directory that ``prepare`` makes."""
    argv = tuple(postgres_server.command(server, data, address.port, address.host))
    ask = partial(
        postgres_answers, *address, user=postgres_server.USER, database=postgres_server.DATABASE
    )
    # SIGINT, its fast shutdown: killed, it would leave a System V shared memory segment behind.
    farewell, account = signal.SIGINT, unprivileged()
    spec = server_node(DATABASE, argv, scratch, address, ask, account=account, farewell=farewell)
    return replace(spec, data=data, before_start=prepare)
