"""The stand-in for ``docker.DockerClient``."""

import contextlib
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from harness.containers import view_probe
from harness.containers.addresses import Addresses
from harness.containers.containers import Containers
from harness.containers.images import Images
from harness.containers.making import Workshop
from harness.containers.networks import Networks
from harness.containers.port_pool import PortPool
from harness.containers.refusals import Unsupported
from harness.containers.relay import Relay
from harness.containers.volumes import Volumes
from harness.runtime import scratch
from harness.runtime.keeper_client import KeeperClient

NO_VIEWS: Final = "absolute paths that a task's own code opens, /tmp too, are this machine's"


class LocalDocker(Unsupported):
    """Docker's client, its containers being processes. ``notes``: what stands for which image."""

    def __init__(self) -> None:
        self.notes: dict[str, list[str]] = {}
        self._lent: set[Path] = set()
        with ExitStack() as closing:
            keeper = KeeperClient(lambda _exited: None, lambda: None)
            closing.callback(keeper.close)
            directory = scratch.directory()
            keeper.remove_at_end(directory)
            addresses = closing.enter_context(contextlib.closing(Addresses()))
            ports = closing.enter_context(contextlib.closing(PortPool()))
            relay = closing.enter_context(contextlib.closing(Relay()))
            self.images = Images(_made(directory / "images"), self._note)
            self.networks = Networks(_made(directory / "networks"))
            self.volumes = Volumes(_made(directory / "volumes"), self._in_use)
            workshop = Workshop(
                addresses,
                relay,
                ports,
                self._volume,
                self.networks.get,
                directory,
                self._has_views(),
                self._lent,
            )
            closing.callback(self._take_back)
            self.containers = Containers(workshop, self.images)
            closing.callback(self.containers.close)
            self._closing = closing.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def ping(self) -> bool:
        """It is always there."""
        return True

    def version(self, **_: object) -> Mapping[str, Any]:
        """It is no Docker, and says so."""
        return {"Platform": {"Name": "Crucible, local processes"}, "Version": "0"}

    def info(self, **_: object) -> Mapping[str, Any]:
        """How many containers there are."""
        containers = self.containers.list(all=True)
        return {"Containers": len(containers), "Name": "crucible", "ServerVersion": "0"}

    def close(self) -> None:
        """Remove all containers, volumes and images."""
        self._closing.close()

    def _has_views(self) -> bool:
        if refusal := view_probe.refusal():
            self._note("every container", f"{NO_VIEWS} ({refusal})")
        return not refusal

    def _take_back(self) -> None:
        """Remove what was made in mounted directories of others; empty ones, once none is in use:
        a directory that is removed is gone for those, too, for whom something is mounted there."""
        for place in sorted(self._lent, reverse=True):
            with contextlib.suppress(OSError):
                place.rmdir()

    def _in_use(self, volume: str) -> bool:
        return self.containers.in_use(volume)

    def _volume(self, name: str) -> Path:
        return self.volumes.create(name or None).directory

    def _note(self, image: str, note: str) -> None:
        notes = self.notes.setdefault(image, [])
        if note not in notes:
            notes.append(note)


def _made(directory: Path) -> Path:
    directory.mkdir()
    return directory
