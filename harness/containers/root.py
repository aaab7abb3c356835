"""A container's root directory, and how absolute paths of a container lead into it.

``/app`` of a container is ``<root>/app`` of this machine. Paths below directories the container
owns (working directories, copied files, volumes) are rewritten where they appear in commands and
environment variables. That is all there is where the machine allows no mount namespaces, and
volumes are links then; where it does, ``file_view`` makes the root the container's own ``/``.
"""

import os
import re
import shutil
from collections.abc import Collection
from pathlib import Path, PurePosixPath

from harness.containers.refusals import refuse


class Root:
    """The directory that stands for ``/``, and the paths in it that are the container's own.

    ``mounts``: paths that are elsewhere on this machine. ``borrowed``: paths at which its processes
    see this machine's; what is here is but the place where that is mounted.
    """

    def __init__(self, directory: Path, own: "set[str] | frozenset[str]" = frozenset()) -> None:
        self.directory = directory
        self.own = set(own)
        self.mounts: dict[str, Path] = {}
        self.borrowed: set[str] = set()
        directory.mkdir(parents=True, exist_ok=True)

    def at(self, path: str) -> Path:
        """Where an absolute path of the container is on this machine."""
        for target, source in self.mounts.items():
            if _within(path, target):
                return source / PurePosixPath(clean(path)).relative_to(target)
        return self.directory / clean(path).lstrip("/")

    def is_borrowed(self, path: str) -> bool:
        """Whether its processes see this machine's file there, and the container has none."""
        places = PurePosixPath(clean(path))
        return not self.borrowed.isdisjoint(map(str, (places, *places.parents)))

    def claim(self, path: str) -> Path:
        """Make ``path`` the container's own: mentions of it will be rewritten."""
        if clean(path) != "/":
            self.own.add(clean(path))
        return self.at(path)

    def make(self, path: str) -> Path:
        """Claim a directory and create it."""
        place = self.claim(path)
        place.mkdir(parents=True, exist_ok=True)
        return place

    def mount(self, path: str, source: Path, *, linked: bool = True) -> None:
        """Let ``path`` be ``source``; what the image has there is hidden.

        Without ``linked`` there is only the place for it, and a mount namespace does the rest.

        Raises:
            RefusedError: one mount lies within another.
        """
        if any(_within(path, other) or _within(other, path) for other in self.mounts):
            refuse(f"the mount {path}", "it lies within another mount, or the other way round")
        place = self.claim(path)
        self.mounts[clean(path)] = source
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)
        place.unlink(missing_ok=True)
        place.parent.mkdir(parents=True, exist_ok=True)
        if linked:
            place.symlink_to(source)
        elif source.is_dir():
            place.mkdir()
        else:
            place.touch()

    def translate(self, text: str) -> str:
        """``text`` with every mention of an own path led into this root."""
        if not self.own:
            return text
        longest_first = sorted(self.own, key=len, reverse=True)
        paths = "|".join(map(re.escape, longest_first))
        # Not inside another path or word; but after the slashes of sqlite:////app/x and file://.
        pattern = rf"(?:(?<![\w./-])|(?<=:///)|(?<=://))(?:{paths})(?![\w.-])"
        return re.sub(pattern, lambda match: str(self.directory) + match[0], text)

    def copy_to(self, directory: Path, hidden: Collection[str] = ()) -> "Root":
        """A root of its own with the same content, but for what mounts will hide."""
        places = {self.at(path) for path in hidden}

        def unwanted(parent: str, names: list[str]) -> list[str]:
            return [name for name in names if Path(parent, name) in places]

        shutil.copytree(
            self.directory, directory, symlinks=True, dirs_exist_ok=True, ignore=unwanted
        )
        return Root(directory, self.own)


def clean(path: str, within: str = "/") -> str:
    """An absolute path without ``.`` and ``..``, relative ones taken from ``within``."""
    return os.path.normpath(PurePosixPath(within) / path)


def _within(path: str, other: str) -> bool:
    return PurePosixPath(clean(path)).is_relative_to(clean(other))
