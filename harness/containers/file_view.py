"""What a container sees of the file system: its own places, and this machine's for the rest.

The container's root directory becomes ``/``. What it lacks is borrowed from the machine: whole
directories where the container has nothing inside, otherwise entry by entry. New files therefore
land in the root directory, where all of the container's processes find them, or in a volume.
"""

import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

from harness.containers.root import Root

#: Directories every system has: an image adds to them, and the rest stays. All other directories
#: of an image hide the machine's.
OF_EVERY_SYSTEM: Final = frozenset(
    f"/{path}" for path in (
        "bin", "boot", "dev", "etc", "home", "lib", "lib32", "lib64", "libx32", "media", "mnt",
        "opt", "proc", "run", "sbin", "srv", "sys", "usr", "var", "etc/ssl", "etc/ssl/certs",
        "usr/bin", "usr/include", "usr/lib32", "usr/lib64", "usr/local", "usr/local/bin",
        "usr/local/etc", "usr/local/include", "usr/local/sbin", "usr/local/share", "usr/sbin",
        "usr/src", "var/cache", "var/lib", "var/log", "var/run", "var/spool",
    )
)  # fmt: skip
#: The same is true of everything below these.
LIBRARIES: Final = ("/dev", "/lib", "/proc", "/sys", "/usr/lib", "/usr/local/lib", "/usr/share")
PACKAGES: Final = frozenset({"site-packages", "dist-packages"})
HOME: Final = "/root"
TEMPORARY: Final = "/tmp"


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do for it, in this order.

    ``links``: path in the container, text of the symbolic link; ``borrowed``: path on this machine,
    path in the container, left out if the machine has lost it meanwhile; ``binds``: the same of
    what must be there; ``read_only``: paths in the container that cannot be written to.
    """

    links: list[tuple[str, str]] = field(default_factory=list)
    borrowed: list[tuple[str, str]] = field(default_factory=list)
    binds: list[tuple[str, str]] = field(default_factory=list)
    read_only: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class FileView:
    """A container's view. ``needed``: places without which nothing would run in it: they stay where
    they are, as do the sources of mounts. ``volatile``: directories that are the container's alone;
    ``read_only``: mounts that cannot be written to. ``lent``: hears of the empty directories that
    will be made for what is needed, some of them in a mounted directory of the machine's.
    """

    root: Root
    needed: tuple[Path, ...] = ()
    volatile: tuple[str, ...] = ()
    read_only: tuple[str, ...] = ()
    machine: Path = Path("/")
    lent: set[Path] = field(default_factory=set)

    def plan(self) -> Plan:
        """As things are now: what the container has, and what the machine has."""
        mounts = [(str(source), target) for target, source in self.root.mounts.items()]
        plan = Plan(binds=mounts, read_only=list(self.read_only))
        hiding = self._hiding()
        self._borrow("/", hiding, plan)
        sources = {str(source) for source in self.root.mounts.values()}
        needed = {str(place) for place in self.needed} | sources
        for place in _outermost(path for path in needed if _is_below(path, hiding)):
            if os.path.exists(place) and not self._is_there(place):
                plan.binds.append((place, place))
                self._lend(self.root.at(place))
        return plan

    def _lend(self, place: Path) -> None:
        while not place.exists():
            self.lent.add(place)
            place = place.parent

    def _hiding(self) -> set[str]:
        """The container's directories and files that hide what the machine has there."""
        needed = {str(place) for place in self.needed}
        own = {path for path in self.root.own if not _adds(path) and path not in needed}
        return {HOME, TEMPORARY, *self.volatile, *self.root.mounts, *own}

    def _borrow(self, directory: str, hiding: set[str], plan: Plan) -> None:
        """Complete one directory, in which the container has something, with the machine's."""
        for entry in self._entries(directory, hiding):
            path = os.path.join(directory, entry.name)
            place = self.root.directory / path.lstrip("/")
            if path in hiding:
                continue
            if path in self.root.borrowed or not os.path.lexists(place):
                self.root.borrowed.add(path)
                if not entry.is_symlink():
                    plan.borrowed.append((entry.path, path))
                elif text := _text(entry.path):
                    plan.links.append((path, text))
            elif entry.is_dir() and place.is_dir() and not place.is_symlink():
                self._borrow(path, hiding, plan)

    def _entries(self, directory: str, hiding: set[str]) -> "list[os.DirEntry[str]]":
        try:
            with os.scandir(self.machine / directory.lstrip("/")) as entries:
                return sorted(entries, key=lambda entry: entry.name)
        except PermissionError:  # what is needed inside is then taken one by one
            hiding.add(directory)
            return []

    def _is_there(self, place: str) -> bool:
        """Whether a mount shows it already, since it is the machine's directory above it."""
        seen = self.root.at(place)
        return _is_below(place, set(self.root.mounts)) and seen.exists() and seen.samefile(place)


def _adds(path: str) -> bool:
    """Whether a directory of an image adds to the machine's instead of hiding it."""
    above = {str(parent) for parent in PurePosixPath(path).parents}
    is_library = not above.isdisjoint(LIBRARIES) or path in LIBRARIES
    return path in OF_EVERY_SYSTEM or is_library or not PACKAGES.isdisjoint(Path(path).parts)


def _text(link: str) -> str:
    """Where a symbolic link leads; nowhere if it is gone meanwhile."""
    try:
        return os.readlink(link)
    except OSError:
        return ""


def _is_below(path: str, places: Collection[str]) -> bool:
    return any(str(parent) in places for parent in PurePosixPath(path).parents)


def _outermost(paths: Iterator[str]) -> list[str]:
    """Those that are in none of the others."""
    known = sorted(set(paths))
    return [path for path in known if not _is_below(path, set(known))]
