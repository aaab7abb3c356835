"""Images of Redis and Valkey: the server Crucible finds or installs, on the node's address."""

import shlex
import shutil
import sys
from pathlib import Path
from typing import Final

from harness.containers.family import Family, Fitting, Site, shell
from harness.servers import install
from harness.servers.catalog import dotted

#: Within a container "localhost" is this node.
ITSELF: Final = """#!/bin/sh
before=
for word do
    shift
    case "$before $word" in "-h localhost" | "-h 127.0.0.1") word={address} ;; esac
    before=$word
    set -- "$@" "$word"
done
exec {client} "$@"
"""
CLIENT: Final = Path(__file__).parent / "guest" / "redis_cli.py"


def server() -> str:
    """What stands for the image."""
    found = install.ensure(["redis"])["redis"]
    return f"{found.path.name} {dotted(found.version)} ({found.origin})"


def fit(site: Site) -> Fitting:
    """The server with its node's address, and a client that reaches this server and no other."""
    binary = install.ensure(["redis"])["redis"].path
    data = site.root.make("/data")
    # Last, so that they hold whatever a mounted redis.conf says.
    fixed = ["--bind", site.address, "--daemonize", "no", "--dir", str(data)]
    serve = shell(shlex.quote(str(binary)), '"$@"', *map(shlex.quote, fixed))
    cli = ITSELF.format(address=site.address, client=" ".join(_client(binary, site.address)))
    return Fitting(
        {
            "redis-server": serve,
            "valkey-server": serve,
            "redis-cli": cli,
            "valkey-cli": cli,
        },
        is_server=True,
        needs=(binary.parent,),
    )


def _client(binary: Path, address: str) -> list[str]:
    for name in ("redis-cli", "valkey-cli"):
        found = str(binary.with_name(name))
        path = found if Path(found).exists() else shutil.which(name)
        if path:
            return [shlex.quote(path), "-h", address]
    return [shlex.quote(sys.executable), shlex.quote(str(CLIENT)), "-h", address]


REDIS: Final = Family(
    "redis", fit, command=("redis-server",), ports=("6379/tcp",), directory="/data", server=server
)
VALKEY: Final = Family(
    "valkey", fit, command=("valkey-server",), ports=("6379/tcp",), directory="/data", server=server
)
