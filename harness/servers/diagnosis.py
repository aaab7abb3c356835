"""What `crucible doctor` finds out about this machine, one finding per part."""

import importlib.metadata
import os
import platform
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from harness.docker import compose_command
from harness.docker.engine import Engine
from harness.errors import CrucibleError
from harness.servers import cache
from harness.servers.catalog import RECIPES, Package, Recipe, dotted
from harness.servers.find import Server, ServerMissingError, find

FREE_BYTES_MIN = 200 * 1024**2  # a template, some copies of it, a run's logs and history
NOT_LINUX = (
    "Only Linux is tested. Elsewhere nodes may outlive a `kill -9` of Crucible, "
    "and suites that need an address per node do not run."
)

OPTIONAL = "Only --runtime compose needs it."

State = Literal["ok", "missing", "wrong", "note"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the table. ``missing`` and ``wrong`` keep Crucible from working."""

    part: str
    state: State
    version: str = ""
    minimum: str = ""
    origin: str = ""
    path: str = ""
    notes: tuple[str, ...] = ()

    @property
    def bad(self) -> bool:
        """Whether something must be done about it."""
        return self.state in ("missing", "wrong")


def diagnose(failures: Mapping[str, CrucibleError] | None = None) -> list[Finding]:
    """Everything Crucible needs; ``failures`` are installations that were tried and failed."""
    servers = [_server(recipe, (failures or {}).get(name)) for name, recipe in RECIPES.items()]
    return [*servers, _python(), _celery(), _docker(), _platform(), _cache()]


def missing() -> list[str]:
    """Names of the servers an installation would bring (not those configured wrongly)."""
    return [
        name
        for name, recipe in RECIPES.items()
        if not isinstance(recipe.source, Package) and isinstance(_search(name), ServerMissingError)
    ]


def _search(name: str) -> Server | CrucibleError:
    try:
        return find(name)
    except CrucibleError as error:
        return error


def _server(recipe: Recipe, failure: CrucibleError | None) -> Finding:
    found = _search(recipe.name)
    minimum = dotted(recipe.minimum)
    if isinstance(found, Server):
        version = dotted(found.version)
        notes = tuple(f"passed over {reason}" for reason in found.skipped)
        return Finding(recipe.title, "ok", version, minimum, found.origin, str(found.path), notes)
    state: State = "missing" if isinstance(found, ServerMissingError) else "wrong"
    if state == "missing" and isinstance(recipe.source, Package):
        state = "note"  # whoever does not ask for it can do without
    error = failure or found
    return Finding(recipe.title, state, minimum=minimum, notes=(error.message, error.hint))


def _python() -> Finding:
    return Finding("Python", "ok", platform.python_version(), "3.11", path=sys.executable)


def _celery() -> Finding:
    celery = importlib.metadata.distribution("celery")
    return Finding("Celery", "ok", celery.version, "5.4", path=str(celery.locate_file("celery")))


def _docker() -> Finding:
    """An optional part: only the compose runtime needs it."""
    engine = Engine()
    try:
        version = engine.version()
        command = compose_command.find()
    except CrucibleError as error:
        return Finding("Docker", "note", notes=(f"{error.message} {OPTIONAL}",))
    where = f"{engine.address}, {' '.join(command.argv)} {command.version}"
    return Finding("Docker", "ok", version, origin="optional", path=where)


def _platform() -> Finding:
    cores = os.cpu_count() or 1
    where = f"{platform.machine()}, {cores} core{'s' if cores > 1 else ''}"
    linux = platform.system() == "Linux"
    return Finding(
        platform.system(),
        "ok" if linux else "note",
        platform.release().split("-")[0],
        path=where,
        notes=() if linux else (NOT_LINUX,),
    )


def _cache() -> Finding:
    place = cache.directory()
    existing = next(path for path in (place, *place.parents) if os.path.isdir(path))
    free = shutil.disk_usage(existing).free
    notes = []
    if free < FREE_BYTES_MIN:
        notes.append(f"Only {_megabytes(free)} free; a run wants {_megabytes(FREE_BYTES_MIN)}.")
    if not os.access(existing, os.W_OK | os.X_OK):
        notes.append(f"Not writable; set {cache.VARIABLE} to a directory you may write to.")
    return Finding(
        "Cache",
        "wrong" if notes else "ok",
        version=_megabytes(cache.size_bytes()),
        origin=_origin(),
        path=f"{place} ({_megabytes(free)} free)",
        notes=tuple(notes),
    )


def _origin() -> str:
    return "configured" if os.environ.get(cache.VARIABLE) else "default"


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.0f} MB"
