"""Where a run keeps what is no evidence: the database's files, the target's media.

In memory where the machine offers it: copying a prepared database of 1,500 small files took 0.06 s
there and 1.4 s on ext4, and that copy stands between the start and a ready system.
"""

import shutil
import tempfile
from pathlib import Path
from typing import Final

PREFIX: Final = "crucible-"
MEMORY: Final = Path("/dev/shm")
MEMORY_BYTES_MIN: Final = 1 << 30  # containers often offer 64 MiB, which is no place for a database


def directory() -> Path:
    """A new, empty directory; the caller removes it."""
    made = Path(tempfile.mkdtemp(prefix=PREFIX, dir=_root()))
    made.chmod(0o711)  # PostgreSQL's account passes through; nobody else can list it
    return made


def _root() -> Path | None:
    in_memory = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= MEMORY_BYTES_MIN
    return MEMORY if in_memory else None
