"""Images of Memcached: the server of this machine, on the node's address."""

import os
import shlex
import shutil
from pathlib import Path
from typing import Final

from harness.containers.family import Family, Fitting, Site, shell
from harness.containers.refusals import ServerNotInstalledError

PORT: Final = 11211
ROOT_UID: Final = 0


def server() -> str:
    """What stands for the image.

    Raises:
        ServerNotInstalledError: there is no Memcached on the PATH.
    """
    found = shutil.which("memcached")
    if found is None:
        raise ServerNotInstalledError(
            "Memcached is not installed.",
            hint="Install it (`apt-get install memcached`) so that `memcached` is on the PATH; "
            "its service need not run.",
        )
    return f"memcached of {found}"


def fit(site: Site) -> Fitting:
    """The server with its node's address; it refuses to be root unless told so."""
    server()
    account = ["-u", "root"] if os.geteuid() == ROOT_UID else []
    binary = shutil.which("memcached") or "memcached"
    serve = shell(shlex.quote(binary), '"$@"', "-l", site.address, *account)
    return Fitting({"memcached": serve}, is_server=True, needs=(Path(binary).parent,))


MEMCACHED: Final = Family(
    "memcached", fit, command=("memcached",), ports=("11211/tcp",), server=server
)
