"""Faults stay on this machine, unless the target's file allows another by name."""

import ipaddress
import socket
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

import psutil

from harness.errors import CrucibleError
from harness.stack import Stack

LOCAL_NAMES: Final = frozenset({"localhost", ""})


def refuse_strangers(stack: Stack) -> None:
    """See that nothing which a fault can reach lies on another machine.

    Looks at every node's and link's address, and at what the target's own environment names.

    Raises:
        CrucibleError: something does, and ``allow_addresses`` of the target file does not name it.
    """
    here = _here() | _own(stack) | set(stack.settings.target.allow_addresses)
    for what, host in _hosts(stack):
        if host not in here and not _is_loopback(host):
            raise CrucibleError(
                f"{what} is at {host}, which is not this machine: faults would reach others.",
                hint=f'If it may be broken, write allow_addresses = ["{host}"] in '
                f"{stack.settings.target.file}.",
            )


def _own(stack: Stack) -> set[str]:
    """The stack's nodes, as they know each other: containers by the names of their services."""
    servers = (*stack.wiring.servers.values(), *stack.wiring.controls.values())
    return {*stack.nodes, *(server.inside.host for server in servers)}


def _hosts(stack: Stack) -> Iterator[tuple[str, str]]:
    for node in stack.nodes.values():
        if node.spec.address:
            yield node.name, node.spec.address.host
    for link in stack.links.values():
        yield f"The server of {link.name}", link.upstream.host
    for variable, value in stack.wiring.settings().items():
        if "://" in value and (host := _host(value)):
            yield f"{variable} of the target's environment", host


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None


def _here() -> set[str]:
    addresses = (each.address for group in psutil.net_if_addrs().values() for each in group)
    return {*addresses, *LOCAL_NAMES, socket.gethostname()}


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
