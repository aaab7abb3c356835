"""Where a stack's nodes live: paths and addresses as they see them, and as Crucible does.

On the local runtime all sides see the same; in containers each has a file system and a network of
its own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Protocol

from harness.node import Address


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One listening server, as three sides know it."""

    bind: Address  # what the server itself is told to listen on
    inside: Address  # how other nodes reach it
    outside: Address  # how Crucible reaches it, past every link


@dataclass(frozen=True, slots=True)
class Paths:
    """Where a node of the target finds things."""

    python: PurePath
    directory: PurePath  # the target's project, in which its commands run
    probe: PurePath
    run_dir: PurePath
    scratch: PurePath


class Site(Protocol):
    """The place of one stack's nodes."""

    @property
    def paths(self) -> Paths: ...

    @property
    def environment(self) -> Mapping[str, str]:
        """What every node gets of the machine it runs on."""

    def endpoint(self, node: str, *, control: bool = False) -> Endpoint:
        """A server of ``node``, on the port a person asked for or a free one."""

    def link(self, client: str, server: str) -> Endpoint | None:
        """Where Toxiproxy listens for one more link, which nobody but nodes can reach.

        None: there is no link, so that ``server`` is reached as it is.
        """


def node_file(paths: Paths, name: str) -> PurePath:
    """A file of the run directory's ``nodes``, as nodes see it."""
    return paths.run_dir / "nodes" / name
