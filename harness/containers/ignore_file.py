"""``.dockerignore``: which files of a build context are not sent to the build.

Rules: https://docs.docker.com/build/concepts/context/#dockerignore-files. The last pattern that
matches a path, or a directory above it, decides; ``!`` makes an exception.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath, PurePosixPath


@dataclass(frozen=True, slots=True)
class IgnoreFile:
    """Its patterns in their order, and whether each is an exception."""

    patterns: tuple[tuple["re.Pattern[str]", bool], ...] = ()

    def ignores(self, path: PurePath) -> bool:
        """Whether a path, relative to the context, is left out."""
        ignored = False
        for pattern, is_exception in self.patterns:
            if ignored == is_exception and any(map(pattern.fullmatch, _with_parents(path))):
                ignored = not is_exception
        return ignored

    @property
    def has_exceptions(self) -> bool:
        """Whether something below an ignored directory may be wanted all the same."""
        return any(is_exception for _, is_exception in self.patterns)


def read(context: Path, dockerfile: Path) -> IgnoreFile:
    """That of a build context; ``<Dockerfile>.dockerignore`` comes first."""
    own = dockerfile.with_name(f"{dockerfile.name}.dockerignore")
    file = own if own.is_file() else context / ".dockerignore"
    lines = file.read_text().splitlines() if file.is_file() else []
    return IgnoreFile(tuple(_patterns(lines)))


def _patterns(lines: list[str]) -> Iterator[tuple["re.Pattern[str]", bool]]:
    for line in map(str.strip, lines):
        if not line or line.startswith("#"):
            continue
        is_exception = line.startswith("!")
        text = str(PurePosixPath(line.lstrip("!").strip().strip("/")))
        yield re.compile(_expression(text)), is_exception


def _expression(pattern: str) -> str:
    pieces = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = re.split(r"(\*\*/|\*\*|\*|\?|\[[^]]*\])", pattern)
    return "".join(
        pieces.get(part) or (part if part.startswith("[") else re.escape(part)) for part in parts
    )


def _with_parents(path: PurePath) -> list[str]:
    return [str(path), *(str(parent) for parent in path.parents if str(parent) != ".")]
