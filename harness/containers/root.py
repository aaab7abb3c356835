"""A container's root directory, and how absolute paths of a container lead into it.

Without a mount namespace ``/app`` of a container is ``<root>/app`` of this machine. Paths below
directories the container owns (working directories, copied files, volumes) are rewritten where
they appear in commands and environment variables; volumes are links to their directories.
"""

import os
import re
import shutil
from collections.abc import Collection
from pathlib import Path, PurePosixPath

from harness.containers.refusals import refuse


class Root:
    """The directory that stands for ``/``, and the paths in it that are the container's own."""

    def __init__(self, directory: Path, own: "set[str] | frozenset[str]" = frozenset()) -> None:
        self.directory = directory
        self.own = set(own)
        self._mounted: set[str] = set()
        directory.mkdir(parents=True, exist_ok=True)

    def at(self, path: str) -> Path:
        """Where an absolute path of the container is on this machine."""
        return self.directory / clean(path).lstrip("/")

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

    def mount(self, path: str, source: Path) -> None:
        """Let ``path`` be ``source``; what the image has there is hidden.

        Raises:
            RefusedError: one mount lies within another.
        """
        if any(_within(path, other) or _within(other, path) for other in self._mounted):
            refuse(f"the mount {path}", "it lies within another mount, or the other way round")
        self._mounted.add(clean(path))
        place = self.claim(path)
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)
        place.unlink(missing_ok=True)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.symlink_to(source)

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
