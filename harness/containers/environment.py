"""Environments built by ``uv`` for images that ask for another Python or other packages than are
here: with the version and the packages of their Dockerfile, kept as long as they can serve."""

import hashlib
import json
import os
import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from harness.containers import requirements
from harness.containers.root import Root, clean
from harness.containers.run_instruction import PipInstall
from harness.errors import CrucibleError
from harness.servers import cache, tool

CREATE_SECONDS_MAX: Final = 600.0
FIND_SECONDS_MAX: Final = 60.0
COMPLETE: Final = "complete"
#: Official images have it up to Python 3.11, and this version lets every Celery import
#: `pkg_resources`, which newer ones no longer have.
SETUPTOOLS: Final = "setuptools==65.5.1"
WITHOUT_SETUPTOOLS: Final = (3, 12)
HINT: Final = (
    "Run the suite in an environment that has what its image asks for, or check the network "
    "(uv takes the package index from your usual settings)."
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an image asks for. ``lenient``: the suite never chose this version of Python."""

    version: str | None
    installs: Sequence[PipInstall]
    root: Root
    directory: str
    lenient: bool = False


def build(uv: str, wanted: Wanted) -> Path:
    """The Python of such an environment, made if need be.

    Raises:
        CrucibleError: it could not be made.
    """
    version = _version(uv, wanted)
    return _kept(uv, _parent(wanted) / _key(version, wanted), version, wanted)


def _parent(wanted: Wanted) -> Path:
    """Crucible's cache; but what has a project of the image's own goes with the session."""
    return wanted.root.directory.parent if _projects(wanted) else cache.folder("environments")


def _kept(uv: str, place: Path, version: str, wanted: Wanted) -> Path:
    """The environment at ``place``, made there if need be."""
    with cache.lock(place.with_name(f"{place.name}.lock")):
        if not (place / COMPLETE).exists():
            cache.remove(place)
            try:
                _create(uv, place, version, wanted)
            except CrucibleError:
                cache.remove(place)
                raise
            (place / COMPLETE).touch()
    return place / "bin" / "python"


def _create(uv: str, place: Path, version: str, wanted: Wanted) -> None:
    directory = wanted.root.make(wanted.directory) if wanted.directory != "/" else None
    _run([uv, "venv", "--python", _found(version), place], directory)
    python = place / "bin" / "python"
    install: list[str | Path] = [uv, "pip", "install", "--compile-bytecode", "--python", python]
    installs = (_arguments(each, wanted) for each in wanted.installs)
    for words in (_seed(version), *installs):
        try:
            if words:
                _run([*install, *words], directory)
        except CrucibleError:
            if not wanted.lenient:
                raise
            # pytest-celery's image names more than suites need, SQS among it, whose older clients
            # have to be compiled with what its system has.
            _run([*install, *map(_without_sqs, words)], directory)


def _without_sqs(word: str) -> str:
    return re.sub(r",sqs\b|\bsqs,", "", word)


def _run(words: Sequence[str | Path], directory: Path | None) -> None:
    tool.run(words, hint=HINT, timeout_s=CREATE_SECONDS_MAX, cwd=directory)


def _seed(version: str) -> list[str]:
    """What the official image of that Python has besides: older Celerys need `pkg_resources`."""
    number = tuple(int(part) for part in version.split(".")[:2])
    has_setuptools = len(number) == 2 and number < WITHOUT_SETUPTOOLS
    return ["pip", "wheel", SETUPTOOLS] if has_setuptools else ["pip"]


def _version(uv: str, wanted: Wanted) -> str:
    """The version to build with: the image's own, where the suite chose it or it is here."""
    running = ".".join(platform.python_version_tuple()[:2])
    if wanted.version is None or (wanted.lenient and not _is_here(uv, wanted.version)):
        return running
    return wanted.version


def _is_here(uv: str, version: str) -> bool:
    if Path(_found(version)).is_absolute():
        return True
    try:
        find = [uv, "python", "find", "--no-python-downloads", version]
        tool.run(find, hint=HINT, timeout_s=FIND_SECONDS_MAX)
    except CrucibleError:
        return False
    return True


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


def _projects(wanted: Wanted) -> list[Path]:
    """The projects among the image's own files that are installed."""
    named = [
        text
        for install in wanted.installs
        for text in (*install.editable, *_stated(install, wanted))
        if text.startswith((".", "/"))
    ]
    return [wanted.root.at(clean(requirements.EXTRAS.sub("", n), wanted.directory)) for n in named]


def _stated(install: PipInstall, wanted: Wanted) -> list[str]:
    return list(requirements.stated(install, wanted.root, wanted.directory))


def _key(version: str, wanted: Wanted) -> str:
    """Names what is installed, down to the files of the image's own projects."""
    stated = [
        [*_stated(install, wanted), *install.editable, *install.index, *_limits(install, wanted)]
        for install in wanted.installs
    ]
    digest = hashlib.sha256(json.dumps([version, SETUPTOOLS, stated]).encode())
    for project in _projects(wanted):
        for file in sorted(path for path in project.rglob("*") if path.is_file()):
            digest.update(str(file.relative_to(project)).encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def _limits(install: PipInstall, wanted: Wanted) -> list[str]:
    files = (wanted.root.at(clean(file, wanted.directory)) for file in install.constraints)
    return [file.read_text() for file in files]
