"""Brings freezegun into the target's interpreter without installing it there.

It is pure Python and needs only python-dateutil, which Celery depends on itself. The driver gets a
directory on its path that holds a link to the package and nothing else, so that no other package
of Crucible's environment can stand before one of the target's.
"""

from importlib.util import find_spec
from pathlib import Path

PACKAGE = "freezegun"


def directory(parent: Path) -> Path:
    """A directory below ``parent`` from which freezegun can be imported, and nothing else."""
    found = find_spec(PACKAGE)
    assert found
    assert found.origin
    folder = parent / "freezing"
    folder.mkdir(exist_ok=True)
    link = folder / PACKAGE
    if not link.exists():
        link.symlink_to(Path(found.origin).parent, target_is_directory=True)
    return folder
