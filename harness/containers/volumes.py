"""Volumes: directories that containers share and that outlive them."""

import secrets
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.containers.docker_errors import conflict, not_found
from harness.containers.refusals import Unsupported, refuse


class Volume(Unsupported):
    """Docker's ``Volume``."""

    def __init__(
        self, name: str, directory: Path, labels: Mapping[str, str], remove: Callable[[], None]
    ) -> None:
        self.id = self.name = name
        self.directory = directory
        self._labels = dict(labels)
        self._remove = remove

    def __repr__(self) -> str:
        return f"<Volume: {self.name}>"

    @property
    def short_id(self) -> str:
        """Its name."""
        return self.name

    @property
    def attrs(self) -> dict[str, Any]:
        """What ``docker inspect`` says, as far as it is known."""
        return {
            "Name": self.name,
            "Mountpoint": str(self.directory),
            "Labels": self._labels,
            "Driver": "local",
            "Scope": "local",
        }

    def reload(self) -> None:
        """Nothing changes behind its back."""

    def remove(self, force: bool = False) -> None:
        """Remove it with its content.

        Raises:
            docker.errors.APIError: a container uses it.
        """
        self._remove()


class Volumes(Unsupported):
    """``client.volumes``. ``in_use`` tells whether some container has a volume of that name."""

    def __init__(self, directory: Path, in_use: Callable[[str], bool]) -> None:
        self._directory = directory
        self._in_use = in_use
        self._known: dict[str, Volume] = {}

    def create(self, name: str | None = None, **given: Any) -> Volume:
        """A volume of that name; the one that exists, if it does.

        Raises:
            RefusedError: it shall have another driver.
        """
        name = name or secrets.token_hex(32)
        if name in self._known:
            return self._known[name]
        if given.get("driver") not in (None, "local") or given.get("driver_opts"):
            refuse("a volume of another driver", "volumes are directories of this machine")
        directory = self._directory / f"volume-{secrets.token_hex(4)}"
        directory.mkdir()
        labels = given.get("labels") or {}
        self._known[name] = Volume(name, directory, labels, lambda: self._remove(name))
        return self._known[name]

    def get(self, name: str) -> Volume:
        """By name.

        Raises:
            docker.errors.NotFound: there is none.
        """
        if name not in self._known:
            raise not_found(f"get {name}: no such volume")
        return self._known[name]

    def list(self, **_: object) -> Sequence[Volume]:
        """All of them."""
        return [*self._known.values()]

    def _remove(self, name: str) -> None:
        if self._in_use(name):
            raise conflict(f"remove {name}: volume is in use")
        volume = self._known.pop(name, None)
        if volume is None:
            raise not_found(f"get {name}: no such volume")
        shutil.rmtree(volume.directory, ignore_errors=True)
