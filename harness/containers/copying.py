"""``COPY``: files of a build context, or of an earlier stage, into an image's root."""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.containers import ignore_file
from harness.containers.ignore_file import IgnoreFile
from harness.containers.refusals import refuse
from harness.containers.root import Root, clean


@dataclass(frozen=True, slots=True)
class Origin:
    """A directory to copy from, without what its ``.dockerignore`` names."""

    directory: Path
    ignored: IgnoreFile = field(default_factory=IgnoreFile)

    def matches(self, sources: Sequence[str]) -> Iterator[Path]:
        """Files and directories that ``sources`` name, wildcards included.

        Raises:
            RefusedError: one of them names nothing; Docker fails then, too.
        """
        for source in sources:
            pattern = clean(source).lstrip("/")
            found = sorted(self.directory.glob(pattern)) if pattern else [self.directory]
            wanted = [path for path in found if self._is_wanted(path)]
            if not wanted:
                refuse(f"copying {source}", f"{self.directory} has no such file")
            yield from wanted

    def copy(self, source: Path, root: Root, place: str, into: bool) -> None:
        """Copy one of them to ``place``; ``into``: that is a directory."""
        if source.is_dir():
            target = root.make(place)
            shutil.copytree(
                source, target, symlinks=True, dirs_exist_ok=True, ignore=self._unwanted
            )
            return
        if into or root.at(place).is_dir():
            root.make(place)
            place = clean(source.name, place)
        file = root.claim(place)
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, file)

    def _unwanted(self, parent: str, names: list[str]) -> list[str]:
        return [name for name in names if not self._is_wanted(Path(parent, name))]

    def _is_wanted(self, path: Path) -> bool:
        if path == self.directory or not self.ignored.ignores(path.relative_to(self.directory)):
            return True
        # An ignored directory is entered where something below it may be an exception.
        return self.ignored.has_exceptions and path.is_dir() and not path.is_symlink()


def stage(root: Root) -> Origin:
    """An earlier stage's files."""
    return Origin(root.directory)


def context(directory: Path, dockerfile: Path) -> Origin:
    """A build context's files."""
    return Origin(directory, ignore_file.read(directory, dockerfile))
