"""Whether the running environment has the Python packages an image asks for."""

import ast
import importlib.metadata
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from packaging.requirements import InvalidRequirement, Requirement

from harness.containers.refusals import refuse
from harness.containers.root import Root, clean
from harness.containers.run_instruction import PipInstall

#: Installers, not things a worker imports.
TOOLS: Final = frozenset({"pip", "setuptools", "wheel", "uv"})
NAMES: Final = {
    "pyproject.toml": re.compile(r"""^\s*name\s*=\s*["']([\w.-]+)["']""", re.MULTILINE),
    "setup.cfg": re.compile(r"^name\s*=\s*([\w.-]+)", re.MULTILINE),
    "PKG-INFO": re.compile(r"^Name: ([\w.-]+)", re.MULTILINE),
}
EXTRAS: Final = re.compile(r"\[[\w,\s.-]*\]$")
INCLUDED: Final = re.compile(r"(?:-r|--requirement)[ =]\s*(\S+)")
EDITABLE: Final = re.compile(r"(?:-e|--editable)[ =]\s*(.+)")
HASHES: Final = re.compile(r"\s--hash[ =]\S+")


@dataclass(slots=True)
class Answer:
    """``unmet``: why the running environment will not do; ``extras``: those it lacks, with what is
    to be said of each; ``notes``: what else is to be said."""

    unmet: list[str] = field(default_factory=list)
    extras: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def check(installs: Iterable[PipInstall], root: Root, directory: str) -> Answer:
    """Compare what is to be installed with what is."""
    answer = Answer()
    for install in installs:
        for path in install.editable:
            _check_project(root.at(clean(EXTRAS.sub("", path), directory)), answer)
        for text in stated(install, root, directory):
            _check_one(text, root, directory, answer)
    return answer


def stated(install: PipInstall, root: Root, directory: str) -> Iterator[str]:
    """What it asks for, its files and the files they include read; projects are paths."""
    yield from install.requirements
    for name in install.files:
        yield from _lines(root.at(clean(name, directory)))


def _lines(file: Path) -> Iterator[str]:
    """Requirements of a file; an editable project by its path, whose name is asked for later."""
    if not file.is_file():
        refuse(f"installing what {file.name} lists", "the image has no such file")
    for line in file.read_text().replace("\\\n", " ").splitlines():
        line = HASHES.sub("", line.partition(" #")[0].strip())
        if included := INCLUDED.match(line):
            yield from _lines(file.parent / included[1])
        elif editable := EDITABLE.match(line):
            yield _as_path(editable[1].strip("\"'"))
        elif line and not line.startswith(("#", "-")):
            yield line


def _as_path(project: str) -> str:
    return project if project.startswith((".", "/")) or "://" in project else f"./{project}"


def _check_one(text: str, root: Root, directory: str, answer: Answer) -> None:
    if text.startswith((".", "/")):
        _check_project(root.at(clean(EXTRAS.sub("", text), directory)), answer)
        return
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        answer.unmet.append(f"{text} (installed from where it says)")
        return
    if requirement.name.lower() in TOOLS or (
        requirement.marker and not requirement.marker.evaluate()
    ):
        return
    if requirement.url:
        answer.unmet.append(f"{text} (installed from where it says)")
    elif reason := _lacking(requirement):
        answer.unmet.append(reason)
    else:
        for extra, lack in _lacking_extras(requirement):
            answer.extras.setdefault(extra, f"{text}: {lack}")


def _check_project(project: Path, answer: Answer) -> None:
    name = _project_name(project)
    if name is None:
        answer.unmet.append(f"the project in {project.name} (its name is not known)")
    elif reason := _lacking(Requirement(name)):
        answer.unmet.append(reason)
    else:
        answer.notes.append(f"{name}: as installed here")


def _project_name(project: Path) -> str | None:
    for file, pattern in NAMES.items():
        path = project / file
        if path.is_file() and (match := pattern.search(path.read_text(errors="replace"))):
            return match[1]
    setup = project / "setup.py"
    return _setup_name(setup.read_text(errors="replace")) if setup.is_file() else None


def _setup_name(text: str) -> str | None:
    """What is given as ``name`` to ``setup()``, directly or by a variable."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return None
    variables: dict[str, str] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str() as value)):
                variables[name] = value
    for node in ast.walk(tree):
        match node:
            case ast.keyword(arg="name", value=ast.Constant(value=str() as value)):
                return value
            case ast.keyword(arg="name", value=ast.Name(id=name)) if name in variables:
                return variables[name]
    return None


def _lacking(requirement: Requirement) -> str | None:
    try:
        version = importlib.metadata.version(requirement.name)
    except importlib.metadata.PackageNotFoundError:
        return f"{requirement.name}{requirement.specifier} (not installed here)"
    if not requirement.specifier.contains(version, prereleases=True):
        return f"{requirement.name}{requirement.specifier} (here: {version})"
    return None


def _lacking_extras(requirement: Requirement) -> Iterator[tuple[str, str]]:
    for extra in sorted(requirement.extras):
        for text in importlib.metadata.requires(requirement.name) or ():
            part = Requirement(text)
            if part.marker and part.marker.evaluate({"extra": extra}) and "extra" in text:
                reason = _lacking(part)
                if reason:
                    yield extra, f"[{extra}] {reason}"
