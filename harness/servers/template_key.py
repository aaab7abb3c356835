"""What a prepared database depends on, as one short key: when it changes, prepare anew."""

import hashlib
import json
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

from harness.servers import postgres, tool
from harness.servers.catalog import dotted
from harness.servers.find import Server

SUFFIXES = frozenset({".py", ".toml", ".json", ".sql"})
SKIPPED = frozenset({"__pycache__", "node_modules", "site-packages"})
SEARCH_PATHS = "import json, sys; print(json.dumps([sys.version, *sys.path]))"
HINT = "Name the python of the target's virtual environment as `interpreter` in its target file."


def template_key(
    server: Server,
    commands: Sequence[str],
    directory: Path,
    python: Path,
    environment: Mapping[str, str],
    exclude: Collection[Path] = (),
) -> str:
    """A key over everything a database prepared by ``commands`` depends on.

    That is PostgreSQL's version and settings, the commands, the target's own ``environment``
    (without addresses, which differ in every run), its sources below ``directory`` (.py, .toml,
    .json, .sql; except hidden directories, caches, virtual environments and what ``exclude``
    names, such as the reports directory), and the packages installed for ``python``.
    """
    digest = hashlib.sha256()
    cluster = [dotted(server.version), postgres.INITDB, postgres.NAMING, postgres.SETTINGS]
    facts = [cluster, list(commands), sorted(environment.items()), _packages(python, directory)]
    digest.update(json.dumps(facts).encode())
    for path in _sources(directory, {place.resolve() for place in exclude}):
        content = path.read_bytes()
        digest.update(f"\0{path.relative_to(directory)}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:20]


def _sources(directory: Path, exclude: Collection[Path]) -> Iterator[Path]:
    for parent, folders, files in os.walk(directory):
        place = Path(parent)
        folders[:] = sorted(name for name in folders if _belongs(place / name, exclude))
        for name in sorted(files):
            path = place / name
            if path.suffix in SUFFIXES and path.is_file():
                yield path


def _belongs(folder: Path, exclude: Collection[Path]) -> bool:
    return not (
        folder.name.startswith(".")
        or folder.name in SKIPPED
        or (folder / "pyvenv.cfg").exists()
        or folder.resolve() in exclude
    )


def _packages(python: Path, directory: Path) -> list[str]:
    printed = tool.run([python, "-c", SEARCH_PATHS], hint=HINT, timeout_s=30.0, cwd=directory)
    version, *search = json.loads(printed.splitlines()[-1])
    installed = {
        entry.name
        for place in search
        if os.path.isdir(place)
        for entry in os.scandir(place)
        if entry.name.endswith((".dist-info", ".egg-info"))
    }
    return [version, *sorted(installed)]
