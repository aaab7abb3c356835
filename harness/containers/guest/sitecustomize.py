"""Runs at the start of every Python in a container: what it sees of the machine is the container.

Its own host name, the names of the containers on its networks, and its own processes only. Runs
on any Python a worker may use (3.8 and later); then gives way to the `sitecustomize` it hides.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any

HERE = os.path.dirname(os.path.abspath(__file__))
HOSTNAME = os.environ.get("CRUCIBLE_HOSTNAME", "")
HOSTS = os.environ.get("CRUCIBLE_HOSTS", "")  # files of lines "address name", one per network
KEEPER = int(os.environ.get("CRUCIBLE_KEEPER", "0"))  # all the container's processes are below it


def address_of(name: str | bytes | None) -> str | None:
    """The address of a container by its name; other names are left to the system."""
    text = name.decode("ascii", "replace") if isinstance(name, bytes) else name
    for path in filter(None, HOSTS.split(os.pathsep)):
        try:
            with open(path) as hosts:
                for line in hosts:
                    address, known = line.split()
                    if known == text:
                        return address
        except OSError:
            continue
    return None


def resolve_names() -> None:
    """Patch the C module, on which both `socket` and gevent's resolver build."""
    import _socket

    def resolving(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(host: Any, *args: Any, **kwargs: Any) -> Any:
            return function(address_of(host) or host, *args, **kwargs)

        return call

    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
        setattr(_socket, name, resolving(getattr(_socket, name)))
    vars(_socket)["gethostname"] = lambda: HOSTNAME
    system = os.uname()
    renamed = os.uname_result((system[0], HOSTNAME, *tuple(system)[2:]))
    vars(os)["uname"] = lambda: renamed


def own_processes() -> set[int]:
    """The processes of this container, from /proc."""
    parents = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat") as file:
                    # The second field, the name, may hold spaces: cut behind its parenthesis.
                    parents[int(entry)] = int(file.read().rpartition(")")[2].split()[1])
            except OSError:
                continue
    own = set()
    for pid in parents:
        above = parents[pid]
        while above in parents and above != KEEPER:
            above = parents[above]
        if above == KEEPER:
            own.add(pid)
    return own


class PsutilFinder:
    """When psutil is imported, it is made to list this container's processes only."""

    @classmethod
    def find_spec(cls, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Wrap psutil's loader, once; every other module is somebody else's."""
        if name != "psutil":
            return None
        sys.meta_path.remove(cls)
        spec = importlib.util.find_spec(name)
        if spec is None or spec.loader is None:
            return spec
        execute = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            execute(module)
            every = vars(module)["pids"]
            vars(module)["pids"] = lambda: sorted(own_processes().intersection(every()))

        vars(spec.loader)["exec_module"] = exec_module
        return spec


def give_way() -> None:
    """Run the next `sitecustomize` on the path, if there is one."""
    path = [entry for entry in sys.path if os.path.abspath(entry) != HERE]
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", path)
    if spec is not None and spec.loader is not None:
        spec.loader.exec_module(importlib.util.module_from_spec(spec))


if HOSTNAME:
    resolve_names()
if KEEPER and os.path.isdir("/proc"):
    sys.meta_path.insert(0, PsutilFinder)
give_way()
