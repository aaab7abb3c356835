"""Brings freezegun into the target's interpreter without installing it there.

It is pure Python and needs only python-dateutil, which Celery has depended on itself since 5.3. The
driver gets a directory on its path that holds a link to the package and nothing else, so that no
other package of Crucible's environment can stand before one of the target's. What an older Celery
lacks lies in a second directory, which goes to the end of the path, and only where it is needed.
"""

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Final

PACKAGE: Final = "freezegun"
NEEDS: Final = ("dateutil", "six")
#: Where the driver finds the second directory.
NEEDS_VARIABLE: Final = "CRUCIBLE_FREEZEGUN_NEEDS"


def directory(parent: Path) -> Path:
    """A directory below ``parent`` from which freezegun can be imported, and nothing else."""
    return _linked(parent / "freezing", (PACKAGE,))


def needs(parent: Path) -> Path:
    """A directory below ``parent`` with what freezegun itself imports."""
    return _linked(parent / "freezing-needs", NEEDS)


def _linked(folder: Path, packages: tuple[str, ...]) -> Path:
    folder.mkdir(exist_ok=True)
    for package in packages:
        found = find_spec(package)
        assert found, f"{package} is missing in {sys.prefix}"
        assert found.origin
        origin = Path(found.origin)
        origin = origin.parent if origin.name == "__init__.py" else origin
        link = folder / origin.name
        if not link.exists():
            link.symlink_to(origin)
    return folder
