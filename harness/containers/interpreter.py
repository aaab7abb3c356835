"""The Python a worker image runs on: the running one if it is what the image asks for, otherwise
an environment built for it by ``uv``, with the version and the packages of its Dockerfile."""

import hashlib
import json
import os
import platform
import shutil
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from harness.containers import requirements
from harness.containers.refusals import RefusedError
from harness.containers.root import Root, clean
from harness.containers.run_instruction import PipInstall
from harness.errors import CrucibleError
from harness.servers import cache, tool

CREATE_SECONDS_MAX: Final = 600.0
COMPLETE: Final = "complete"


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python, and what differs from what the image asked for."""

    path: Path
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an image asks for. ``lenient``: the suite never chose this version of Python."""

    version: str | None
    installs: Sequence[PipInstall]
    root: Root
    directory: str
    lenient: bool = False


def choose(wanted: Wanted) -> Interpreter:
    """The Python to run.

    Raises:
        RefusedError: the image asks for another Python or other packages than are here, and no
            environment can be built for it.
    """
    here = platform.python_version()
    running = ".".join(platform.python_version_tuple()[:2])
    answer = requirements.check(wanted.installs, wanted.root, wanted.directory)
    other = wanted.version is not None and not f"{here}.".startswith(f"{wanted.version}.")
    reasons = [f"Python {wanted.version} (here: {here})"] if other else []
    if wanted.lenient and reasons:
        answer.notes += [f"runs on Python {here} instead of {wanted.version}"]
        reasons = []
    reasons += answer.unmet
    if not reasons:
        return Interpreter(Path(sys.executable), tuple(answer.notes))
    version = running if wanted.lenient or wanted.version is None else wanted.version
    path = _built(version, wanted, "; ".join(reasons))
    return Interpreter(path, (f"runs on an environment built for {'; '.join(reasons)}",))


def _built(version: str, wanted: Wanted, reasons: str) -> Path:
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv is None:
        raise RefusedError(
            f"The image asks for what is not here: {reasons}.",
            hint="Install it into this environment, or install uv: "
            "Crucible then builds an environment for the image.",
        )
    environments = cache.folder("environments")
    place = environments / _key(version, wanted)
    with cache.lock(environments / f"{place.name}.lock"):
        if not (place / COMPLETE).exists():
            cache.remove(place)
            try:
                _create(uv, place, version, wanted)
            except CrucibleError as error:
                cache.remove(place)
                raise RefusedError(
                    f"The image asks for what is not here: {reasons}. "
                    f"An environment for it could not be built:\n{error.message}",
                    hint=error.hint,
                ) from error
            (place / COMPLETE).touch()
    return place / "bin" / "python"


def _create(uv: str, place: Path, version: str, wanted: Wanted) -> None:
    hint = (
        "Run the suite in an environment that has what its image asks for, or check the network "
        "(uv takes the package index from your usual settings)."
    )
    options = {"hint": hint, "timeout_s": CREATE_SECONDS_MAX}
    tool.run([uv, "venv", "--python", _found(version), place], **options)  # type: ignore[arg-type]
    for install in wanted.installs:
        words = _arguments(install, wanted)
        if words:
            python = place / "bin" / "python"
            tool.run([uv, "pip", "install", "--python", python, *words], **options)  # type: ignore[arg-type]


def _found(version: str) -> str:
    """A Python of pyenv's, which uv does not look for; otherwise the version, for uv to find."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    places = sorted((pyenv / "versions").glob(f"{version}.*/bin/python"))
    exact = pyenv / "versions" / version / "bin" / "python"
    return str(exact if exact.exists() else places[-1] if places else version)


def _arguments(install: PipInstall, wanted: Wanted) -> list[str]:
    def at(path: str) -> str:
        return str(wanted.root.at(clean(path, wanted.directory)))

    words = [
        at(text) if text.startswith((".", "/")) else text
        for text in install.requirements
        if text not in requirements.TOOLS
    ]
    for option, paths in (
        ("-r", install.files),
        ("-c", install.constraints),
        ("-e", install.editable),
    ):
        words += [word for path in paths for word in (option, at(path))]
    return [*install.index, *words] if words else []


def _key(version: str, wanted: Wanted) -> str:
    """Names what is installed; a project of the image's own is never taken from the cache."""
    files = [
        wanted.root.at(clean(file, wanted.directory)).read_text()
        for install in wanted.installs
        for file in (*install.files, *install.constraints)
    ]
    local = [
        word
        for install in wanted.installs
        for word in (*install.editable, *install.requirements)
        if word.startswith((".", "/"))
    ]
    unique = str(wanted.root.directory) if local or any(" -e" in text for text in files) else ""
    parts = [version, [asdict(install) for install in wanted.installs], files, unique]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]
