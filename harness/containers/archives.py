"""Files in and out of a container, as tar archives."""

import io
import tarfile
from pathlib import Path
from typing import Any, Final

from harness.containers.docker_errors import not_found
from harness.containers.root import Root

CHUNK_BYTES: Final = 2 << 20


def unpack(root: Root, path: str, data: Any) -> bool:
    """Unpack an archive (bytes or a file) at ``path``, which must be a directory there.

    Raises:
        docker.errors.NotFound: there is no such directory.
    """
    place = root.at(path)
    if not place.is_dir() or root.is_borrowed(path):
        raise not_found(f"Could not find the file {path} in container")
    root.claim(path)
    content = data if isinstance(data, bytes) else data.read()
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        extract(archive, place)
    return True


def extract(archive: tarfile.TarFile, place: Path) -> None:
    """Unpack all of it, with nothing that leads out where Python can tell (3.11.4 and later)."""
    if hasattr(tarfile, "data_filter"):
        archive.extractall(place, filter="data")
    else:
        archive.extractall(place)


def pack(root: Root, path: str) -> tuple[list[bytes], dict[str, Any]]:
    """A file or directory as an archive in pieces, and what it is.

    Raises:
        docker.errors.NotFound: there is none.
    """
    place = root.at(path)
    if not place.exists() or root.is_borrowed(path):
        raise not_found(f"Could not find the file {path} in container")
    buffer = io.BytesIO()
    with tarfile.open(mode="w", fileobj=buffer) as archive:
        archive.add(place.resolve(), arcname=Path(path).name)
    content = buffer.getvalue()
    pieces = [content[at : at + CHUNK_BYTES] for at in range(0, len(content), CHUNK_BYTES)]
    status = place.stat()
    about = {"name": Path(path).name, "size": status.st_size, "mode": status.st_mode}
    return pieces, about
