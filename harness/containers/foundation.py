"""What containers need of this machine wherever it lies: interpreters, and Crucible itself."""

import contextlib
import functools
import json
import sys
from importlib import metadata
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from harness.servers import cache

PACKAGE: Final = Path(__file__).parents[1]


@functools.cache
def common() -> tuple[Path, ...]:
    """Of every container: the interpreter this is run by, what it imports, Crucible's cache."""
    places = {PACKAGE, cache.directory(), *interpreter(Path(sys.executable)), *_editable()}
    return tuple(sorted(places))


def interpreter(python: Path) -> set[Path]:
    """Its environment, the installation that it is an environment of, and the links between."""
    places = {python.parent.parent}
    with contextlib.suppress(OSError):
        lines = (python.parent.parent / "pyvenv.cfg").read_text().splitlines()
        places |= {Path(v.strip()).parent for k, _, v in (x.partition("=") for x in lines)
                   if k.strip() == "home"}  # fmt: skip
    while python.is_symlink():
        python = python.parent / python.readlink()
        places.add(python.parent.parent)
    return places | {place.resolve() for place in places}


def _editable() -> set[Path]:
    """Projects that are installed into this environment as they lie there."""
    places = set()
    for distribution in metadata.distributions():
        origin = json.loads(distribution.read_text("direct_url.json") or "{}")
        url = urlsplit(origin.get("url", ""))
        if origin.get("dir_info", {}).get("editable") and url.scheme == "file":
            places.add(Path(unquote(url.path)))
    return places
