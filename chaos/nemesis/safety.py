"""Faults stay on this machine, unless the target's file allows another by name."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from harness.runtime import EXTERNAL
from harness.stack import Stack
from harness.strangers import refuse_stranger


def refuse_strangers(stack: Stack) -> None:
    """See that nothing which a fault can reach lies on another machine.

    Looks at every node's and link's address, and at what the target's own environment names.

    Raises:
        CrucibleError: something does, and ``allow_addresses`` of the target file does not name it.
    """
    target = stack.settings.target
    allowed = _own(stack) | set(target.allow_addresses)
    for what, host in _hosts(stack):
        refuse_stranger(what, host, allowed, target.file)


def _own(stack: Stack) -> set[str]:
    """The stack's nodes, as they know each other: containers by the names of their services."""
    if stack.settings.runtime == EXTERNAL:
        return set()  # it is somebody else's
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
