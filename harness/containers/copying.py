"""``COPY``: files of a build context, or of an earlier stage, into an image's root."""

import fnmatch
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.containers.refusals import refuse
from harness.containers.root import Root, clean


@dataclass(frozen=True, slots=True)
class Origin:
    """A directory to copy from, without what its ``.dockerignore`` names."""

    directory: Path
    ignored: tuple[str, ...] = ()

    def matches(self, sources: Sequence[str]) -> Iterator[Path]:
        """Files and directories that ``sources`` name, wildcards included.

        Raises:
            RefusedError: one of them names nothing; Docker fails then, too.
        """
        for source in sources:
            pattern = clean(source).lstrip("/")
            found = sorted(self.directory.glob(pattern)) if pattern else [self.directory]
            if not found:
                refuse(f"copying {source}", f"{self.directory} has no such file")
            yield from found

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
        directory = Path(parent).relative_to(self.directory)
        return [name for name in names if self._is_ignored(directory / name)]

    def _is_ignored(self, path: Path) -> bool:
        return any(
            fnmatch.fnmatch(str(path), pattern.removeprefix("**/"))
            or (pattern.startswith("**/") and fnmatch.fnmatch(path.name, pattern[3:]))
            for pattern in self.ignored
        )


def stage(root: Root) -> Origin:
    """An earlier stage's files."""
    return Origin(root.directory)


def context(directory: Path) -> Origin:
    """A build context's files.

    Raises:
        RefusedError: its ``.dockerignore`` holds exceptions (``!``).
    """
    file = directory / ".dockerignore"
    lines = file.read_text().splitlines() if file.is_file() else []
    patterns = tuple(line.strip().strip("/") for line in lines if line.strip())
    if any(pattern.startswith("!") for pattern in patterns):
        refuse(f"the exceptions in {file}", "they are not understood")
    return Origin(directory, tuple(p for p in patterns if not p.startswith("#")))
