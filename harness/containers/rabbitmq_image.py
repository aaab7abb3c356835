"""Images of RabbitMQ: this machine's server in a private directory, with an epmd of its own."""

import os
import re
import shlex
import shutil
from pathlib import Path
from typing import Final

from harness.containers.family import Family, Fitting, Site, shell
from harness.containers.refusals import ServerNotInstalledError

PORT: Final = 5672
MANAGEMENT_PORT: Final = 15672
SERVER: Final = "rabbitmq-server"
VERSIONED: Final = re.compile(r"rabbitmq_server-([\d.]+)")
DEFAULTS: Final = {
    "RABBITMQ_DEFAULT_USER": "default_user",
    "RABBITMQ_DEFAULT_PASS": "default_pass",
    "RABBITMQ_DEFAULT_VHOST": "default_vhost",
}


def scripts() -> Path:
    """The directory of RabbitMQ's own scripts.

    Raises:
        ServerNotInstalledError: there is no RabbitMQ on the PATH.
    """
    found = shutil.which(SERVER)
    if found is None:
        raise ServerNotInstalledError(
            "RabbitMQ is not installed.",
            hint="Install it (`apt-get install rabbitmq-server`, `brew install rabbitmq`) so that "
            "`rabbitmq-server` is on the PATH; its service need not run.",
        )
    # Debian's command changes to an account of its own; the script beside what it links to is real.
    real = Path(found).resolve().parent
    return real if (real / SERVER).exists() else Path(found).parent


def server() -> str:
    """What stands for the image; the version is in the name of a directory of every install."""
    home = scripts().parent
    names = [home.name, *(path.name for path in home.glob("lib/rabbitmq_server-*"))]
    versions = [match[1] for name in names if (match := VERSIONED.fullmatch(name))]
    return f"RabbitMQ {' '.join(versions)} ({scripts()})"


def fit(site: Site) -> Fitting:
    """Its programs, told by environment variables where everything private to this node is."""
    directory = scripts()
    programs = [entry.name for entry in directory.iterdir() if entry.name.startswith("rabbitmq")]
    etc = site.root.make("/etc/rabbitmq")
    state = site.root.make("/var/lib/rabbitmq")
    management = "management" in site.tag
    _write_config(site, etc, management)
    return Fitting(
        {name: shell(shlex.quote(str(directory / name)), '"$@"') for name in programs},
        {
            "HOME": str(state),  # of the cookie
            "RABBITMQ_NODENAME": f"rabbit@{site.hostname}",
            "RABBITMQ_CONF_ENV_FILE": os.devnull,
            "RABBITMQ_CONFIG_FILE": str(etc / "crucible.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(etc / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(state / "mnesia"),
            "RABBITMQ_LOG_BASE": str(site.root.make("/var/log/rabbitmq")),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_PID_FILE": str(state / "pid"),
            # An epmd listens on 127.0.0.1 whatever it is told, and RabbitMQ refuses to start if
            # its distribution port is taken on any address: only other ports keep two apart.
            "ERL_EPMD_PORT": str(site.free_port()),
            "RABBITMQ_DIST_PORT": str(site.free_port()),
            "ERL_EPMD_ADDRESS": site.address,
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"-kernel inet_dist_use_interface "
            f"{{{site.address.replace('.', ',')}}}",
        },
        is_server=True,
        needs=(directory.parent,),
    )


def _write_config(site: Site, etc: Path, management: bool) -> None:
    """The suite's own rabbitmq.conf and variables, then the addresses, which win."""
    theirs = etc / "rabbitmq.conf"
    lines = theirs.read_text().splitlines() if theirs.is_file() else []
    lines += [
        f"{setting} = {site.environment[variable]}"
        for variable, setting in DEFAULTS.items()
        if variable in site.environment
    ]
    lines += ["loopback_users = none", f"listeners.tcp.1 = {site.address}:{PORT}"]
    if management:
        lines += [
            f"management.tcp.ip = {site.address}",
            f"management.tcp.port = {MANAGEMENT_PORT}",
        ]
    (etc / "crucible.conf").write_text("\n".join(lines) + "\n")
    plugins = etc / "enabled_plugins"
    if not plugins.exists():
        plugins.write_text("[rabbitmq_management].\n" if management else "[].\n")


RABBITMQ: Final = Family(
    "rabbitmq",
    fit,
    command=(SERVER,),
    ports=("5672/tcp",),
    server=server,
)
