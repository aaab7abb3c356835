"""Crucible's own cache: where it is, and how to write into it so that nobody sees a half."""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import platformdirs

from harness.errors import CrucibleError

VARIABLE = "CRUCIBLE_CACHE"
#: PostgreSQL refuses to run as root, and its account cannot enter root's home.
ROOT_DIRECTORY = Path("/var/cache/crucible")

Progress = Callable[[str], None]


def silent(_message: str) -> None:
    """A progress callback that says nothing."""


def directory() -> Path:
    """Where the cache is (it need not exist yet)."""
    if configured := os.environ.get(VARIABLE):
        return Path(configured).expanduser().absolute()
    if os.geteuid() == 0:
        return ROOT_DIRECTORY
    return platformdirs.user_cache_path("crucible")


@contextlib.contextmanager
def writing() -> Iterator[None]:
    """Turn a full disk or a forbidden directory into a CrucibleError."""
    try:
        yield
    except (OSError, shutil.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise CrucibleError(
            f"Cannot write to the cache {directory()}: {reason}.",
            hint=f"Free some space there, or set {VARIABLE} to a directory you may write to.",
        ) from error


def folder(name: str) -> Path:
    """A folder of the cache, created if need be; root's can be entered by other accounts."""
    path = directory() / name
    with writing():
        path.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            for made in (directory(), path):
                made.chmod(made.stat().st_mode | 0o555)
    return path


@contextlib.contextmanager
def lock(path: Path, progress: Progress = silent, *, shared: bool = False) -> Iterator[None]:
    """Hold a lock file; another process's is waited for. The system frees it if we are killed."""
    mode = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    with writing():
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(descriptor, mode | fcntl.LOCK_NB)
        except BlockingIOError:
            progress(f"waiting for another Crucible to finish with {path.stem}")
            fcntl.flock(descriptor, mode)
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def partial(parent: Path, name: str) -> Iterator[Path]:
    """A directory beside its later place, removed at the end unless it was renamed.

    Call it with the lock for ``name`` held: what a killed process left is cleared first.
    """
    for stale in parent.glob(f".{name}.*.partial"):
        remove(stale)
    with writing():
        path = Path(tempfile.mkdtemp(prefix=f".{name}.", suffix=".partial", dir=parent))
        path.chmod(0o755)  # PostgreSQL's account must be able to enter
    try:
        yield path
    finally:
        remove(path)


def publish(source: Path, destination: Path) -> None:
    """Put a finished directory in its place at once; a broken one there gives way."""
    with writing():
        if destination.exists():
            broken = Path(
                tempfile.mkdtemp(
                    prefix=f".{destination.name}.", suffix=".partial", dir=destination.parent
                )
            )
            destination.rename(broken / destination.name)
            remove(broken)
        source.rename(destination)


def remove(path: Path) -> None:
    """Remove a tree as far as possible."""
    shutil.rmtree(path, ignore_errors=True)


def size_bytes() -> int:
    """Bytes the cache's files take (each file counted once, however often it is linked)."""
    seen: dict[tuple[int, int], int] = {}
    for parent, _, files in os.walk(directory()):
        for file in files:
            with contextlib.suppress(OSError):
                status = os.lstat(os.path.join(parent, file))
                seen[status.st_dev, status.st_ino] = status.st_blocks * 512
    return sum(seen.values())
