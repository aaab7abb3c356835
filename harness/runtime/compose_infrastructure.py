"""Toxiproxy, broker and database as containers: the public images' own servers."""

from collections.abc import Iterator
from functools import partial
from pathlib import PurePosixPath
from typing import Final

from harness import readiness
from harness.brokers.broker import BROKER
from harness.infrastructure import TOXIPROXY
from harness.link import Toxiproxy
from harness.node import NodeSpec
from harness.servers import postgres
from harness.servers.postgres_ping import postgres_answers
from harness.wiring import DATABASE, Wiring

ROOT: Final = PurePosixPath("/")
# As on the local runtime; a container has memory of its own, and its image the sockets it needs.
POSTGRES_SETTINGS: Final = tuple(
    setting
    for setting in postgres.SETTINGS
    if not setting.startswith(("unix_socket", "dynamic_shared"))
)
POSTGRES_SECONDS_MAX: Final = 120.0  # it makes its cluster first


def specs(wiring: Wiring, proxy: Toxiproxy) -> Iterator[NodeSpec]:
    """The nodes that are not the target's own."""
    yield _toxiproxy(proxy)
    yield _redis(wiring)
    if DATABASE in wiring.servers:
        yield _postgres(wiring)


def _toxiproxy(proxy: Toxiproxy) -> NodeSpec:
    return NodeSpec(
        TOXIPROXY,
        ("-host=0.0.0.0", f"-port={8474}"),
        ROOT,
        {"LOG_LEVEL": "warn"},
        address=proxy.api,
        ready=proxy.answers,
        pages={"toxiproxy": f"http://{proxy.api}/proxies"},
    )


def _redis(wiring: Wiring) -> NodeSpec:
    server = wiring.servers[BROKER]
    argv = (
        *("redis-server", "--bind", server.bind.host, "--port", str(server.bind.port)),
        *("--protected-mode", "no", "--save", "", "--appendonly", "no"),
    )
    ready = partial(readiness.redis, server.outside)
    return NodeSpec(BROKER, argv, ROOT, {}, address=server.outside, ready=ready)


def _postgres(wiring: Wiring) -> NodeSpec:
    server = wiring.servers[DATABASE]
    options = [word for setting in POSTGRES_SETTINGS for word in ("-c", setting)]
    environment = {
        "POSTGRES_USER": postgres.USER,
        "POSTGRES_DB": postgres.DATABASE,
        "POSTGRES_HOST_AUTH_METHOD": "trust",
        "POSTGRES_INITDB_ARGS": "--no-sync --no-locale --encoding=UTF8",
    }
    return NodeSpec(
        DATABASE,
        ("postgres", *options),
        ROOT,
        environment,
        address=server.outside,
        ready=partial(
            postgres_answers, *server.outside, user=postgres.USER, database=postgres.DATABASE
        ),
        ready_seconds_max=POSTGRES_SECONDS_MAX,
    )
