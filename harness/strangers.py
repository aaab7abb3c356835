"""Which hosts are this machine: nothing reaches another one unless it is allowed by name."""

import ipaddress
import socket
from collections.abc import Collection
from pathlib import Path
from typing import Final

import psutil

from harness.errors import CrucibleError

LOCAL_NAMES: Final = frozenset({"localhost", ""})


def is_here(host: str) -> bool:
    """Whether it is this machine, by one of its addresses, its name, or a name of loopback."""
    if host in LOCAL_NAMES or host == socket.gethostname():
        return True
    return _is_everywhere_here(host) or host in _addresses()


def refuse_stranger(what: str, host: str, allowed: Collection[str], file: Path) -> None:
    """See that ``what`` is on this machine, or allowed by the target file's ``allow_addresses``.

    Raises:
        CrucibleError: it is neither.
    """
    if not is_here(host) and host not in allowed:
        raise CrucibleError(
            f"{what} is at {host}, which is not this machine: faults would reach others.",
            hint=f'If it may be broken, write allow_addresses = ["{host}"] in {file}.',
        )


def _addresses() -> set[str]:
    return {each.address for group in psutil.net_if_addrs().values() for each in group}


def _is_everywhere_here(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
