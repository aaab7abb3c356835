"""Runs at the start of every Python in a container: what it sees of the machine is the container.

Its own host name and addresses, the names of the containers on its networks, and its own processes
only. Runs on any Python a worker may use (3.8 and later); then gives way to the `sitecustomize` it
hides.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any

HERE = os.path.dirname(os.path.abspath(__file__))
HOSTNAME = os.environ.get("CRUCIBLE_HOSTNAME", "")
ADDRESS = os.environ.get("CRUCIBLE_ADDRESS", "")  # the container's own
HOSTS = os.environ.get("CRUCIBLE_HOSTS", "")  # files of lines "address name", one per network
KEEPER = int(os.environ.get("CRUCIBLE_KEEPER", "0"))  # all the container's processes are below it
MAIN_FILE = os.environ.get("CRUCIBLE_MAIN_FILE", "")  # names the container's first process
FIRST = 1
EVERY = -1
#: Within a container these are itself: its loopback device, and all its devices.
ITSELF = (None, "", "localhost", "127.0.0.1", "0.0.0.0")


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
    return ADDRESS if ADDRESS and text in ITSELF else None


def resolve_names() -> None:
    """Patch the C module, on which both `socket` and gevent's resolver build."""
    import _socket

    def resolving(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(host: Any, *args: Any, **kwargs: Any) -> Any:
            family = args[1] if len(args) > 1 else kwargs.get("family", 0)
            if family == _socket.AF_INET6:
                return function(host, *args, **kwargs)
            return function(address_of(host) or host, *args, **kwargs)

        return call

    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
        setattr(_socket, name, resolving(getattr(_socket, name)))
    vars(_socket)["gethostname"] = lambda: HOSTNAME
    system = os.uname()
    renamed = os.uname_result((system[0], HOSTNAME, *tuple(system)[2:]))
    vars(os)["uname"] = lambda: renamed


def keep_to_itself(socket: ModuleType) -> None:
    """What listens on all devices does so on the container's; what calls itself calls that."""

    def own(address: Any) -> Any:
        if isinstance(address, tuple) and len(address) == 2 and address[0] in ITSELF:
            return (ADDRESS, address[1])
        return address

    def of(name: str) -> Callable[..., Any]:
        original = getattr(socket.socket, name)

        def call(self: Any, *args: Any) -> Any:
            if self.family == socket.AF_INET and args:
                args = (*args[:-1], own(args[-1]))
            return original(self, *args)

        return call

    for name in ("bind", "connect", "connect_ex", "sendto"):
        setattr(socket.socket, name, of(name))


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


def signal_own_processes() -> None:
    """Process 1 is the container's first, and all processes (-1) are its own."""
    send = os.kill

    def kill(pid: int, number: int) -> None:
        if pid == FIRST:
            with open(MAIN_FILE) as file:
                pid = int(file.read())
        if pid != EVERY:
            send(pid, number)
            return
        for each in own_processes() - {os.getpid()}:
            with suppress(ProcessLookupError):
                send(each, number)

    vars(os)["kill"] = kill


def list_own_processes(psutil: ModuleType) -> None:
    """`psutil` lists the container's only."""
    every = vars(psutil)["pids"]
    vars(psutil)["pids"] = lambda: sorted(own_processes().intersection(every()))


class Patcher:
    """Changes a module when it is imported, once; every other module is somebody else's."""

    def __init__(self, changes: dict[str, Callable[[ModuleType], None]]) -> None:
        self.changes = changes

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """Wrap the module's loader."""
        change = self.changes.pop(name, None)
        if change is None:
            return None
        spec = importlib.util.find_spec(name)
        if spec is None or spec.loader is None:
            return spec
        execute = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            execute(module)
            change(module)

        vars(spec.loader)["exec_module"] = exec_module
        return spec


def keep_bytecode_of_packages() -> None:
    """Images say PYTHONDONTWRITEBYTECODE, whose installer has written it already. Here nobody has,
    and each start of a worker would compile Celery anew: a second. Beside a suite's own sources,
    which a container may have mounted, nothing is written all the same.
    """
    loader = importlib.machinery.SourceFileLoader
    write = loader._cache_bytecode  # type: ignore[attr-defined]

    def keep(self: Any, source_path: str, bytecode_path: str, data: bytes) -> Any:
        if source_path.startswith(sys.prefix):
            return write(self, source_path, bytecode_path, data)
        return None

    if sys.dont_write_bytecode:
        loader._cache_bytecode = keep  # type: ignore[attr-defined]
        sys.dont_write_bytecode = False


def give_way() -> None:
    """Run the next `sitecustomize` on the path, if there is one."""
    path = [entry for entry in sys.path if os.path.abspath(entry) != HERE]
    spec = importlib.machinery.PathFinder.find_spec("sitecustomize", path)
    if spec is not None and spec.loader is not None:
        spec.loader.exec_module(importlib.util.module_from_spec(spec))


def become_container() -> None:
    """Apply what the environment asks for."""
    changes: dict[str, Callable[[ModuleType], None]] = {}
    if HOSTNAME:
        resolve_names()
        keep_bytecode_of_packages()
    if ADDRESS:
        changes["socket"] = keep_to_itself
    if KEEPER and os.path.isdir("/proc"):
        changes["psutil"] = list_own_processes
        signal_own_processes()
    for name in [name for name in changes if name in sys.modules]:  # a .pth file imported it
        changes.pop(name)(sys.modules[name])
    sys.meta_path.insert(0, Patcher(changes))


become_container()
give_way()
