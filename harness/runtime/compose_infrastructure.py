"""Toxiproxy, broker and database as containers: the public images' own servers."""

import signal
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import PurePosixPath
from typing import Final

from harness import readiness
from harness.brokers import rabbitmq
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
RABBITMQ_SECONDS_MAX: Final = 120.0
POSTGRES_SECONDS_MAX: Final = 120.0  # it makes its cluster first


def specs(wiring: Wiring, proxy: Toxiproxy) -> Iterator[NodeSpec]:
    """The nodes that are not the target's own."""
    yield _toxiproxy(proxy)
    yield _BROKERS[wiring.target.broker](wiring)
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


def _rabbitmq(wiring: Wiring) -> NodeSpec:
    """As on the local runtime it tells its depths itself. Workers come from other hosts."""
    server, control = wiring.servers[BROKER], wiring.site.endpoint(BROKER, control=True)
    argv = (
        "rabbitmq-server",
        *("-rabbit", "loopback_users", "[]"),
        *("-eval", _uncommented(rabbitmq.DEPTHS.read_text(encoding="utf-8"))),
    )
    environment = {
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_NODE_PORT": str(server.bind.port),
        "ERL_MAX_PORTS": "65536",  # Erlang makes room for all it may open: in containers, too much
        "CRUCIBLE_CONTROL_HOST": control.bind.host,
        "CRUCIBLE_CONTROL_PORT": str(control.bind.port),
    }
    return NodeSpec(
        BROKER,
        argv,
        ROOT,
        environment,
        address=server.outside,
        control=control.outside,
        ready=lambda: rabbitmq.boots(control.outside) and readiness.tcp(server.outside),
        ready_seconds_max=RABBITMQ_SECONDS_MAX,
    )


def _uncommented(erlang: str) -> str:
    """Expressions as one argument, which no shell on the way takes for more."""
    return " ".join(line.strip() for line in erlang.splitlines() if not line.startswith("%"))


_BROKERS: Final[Mapping[str, Callable[[Wiring], NodeSpec]]] = {
    "redis": _redis,
    "rabbitmq": _rabbitmq,
}


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
        farewell=signal.SIGINT,  # its fast shutdown: it does not wait until all clients have left
    )
