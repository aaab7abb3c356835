"""What a ``RUN`` of a Dockerfile does to a worker: the Python packages it installs.

Preparations of another system (its packages, its accounts) have no meaning here and are noted as
left out. Any other command is refused, since its effect would be missing.
"""

import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final

from harness.containers.refusals import refuse
from harness.containers.shell import commands

#: Prepare the image's own operating system: none of it is there, none of it is needed.
SYSTEM: Final = frozenset({
    "apt", "apt-get", "apk", "adduser", "addgroup", "useradd", "usermod", "groupadd", "chown",
    "rm", "set", "true",
})  # fmt: skip
#: Only tell something to whoever builds.
TELLING: Final = frozenset({"echo", "ls", "pwd", "env", "printenv"})
PIP_TELLING: Final = frozenset({"--version", "-V", "list", "freeze", "check", "cache"})
WITH_VALUE: Final = frozenset({"-r", "--requirement", "-c", "--constraint", "-e", "--editable"})
INDEX: Final = frozenset({"-i", "--index-url", "--extra-index-url", "-f", "--find-links"})
ASSIGNMENT: Final = re.compile(r"\w+=.*")


@dataclass(slots=True)
class PipInstall:
    """One ``pip install``: requirements, and files and directories as the image names them."""

    requirements: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    constraints: list[str] = field(default_factory=list)
    editable: list[str] = field(default_factory=list)
    index: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Effects:
    """What the commands of one ``RUN`` come to."""

    installs: list[PipInstall] = field(default_factory=list)
    directories: list[str] = field(default_factory=list)
    executables: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def study(shell: str) -> Effects:
    """The effects of a shell's line, its variables expanded.

    Raises:
        RefusedError: it holds a command whose effect would be missing.
    """
    effects = Effects()
    for words in commands(shell):
        if words := _without_prefix(words):
            _take(words, effects)
    return effects


def _take(words: list[str], effects: Effects) -> None:
    name = PurePosixPath(words[0]).name
    operands = [word for word in words[1:] if not word.startswith("-")]
    if (arguments := _pip_arguments(words)) is not None:
        if arguments[:1] == ["install"]:
            effects.installs.append(_pip_install(arguments[1:]))
        elif not PIP_TELLING.intersection(arguments[:1]):
            refuse(f"`RUN pip {' '.join(arguments)[:80]}`", "only `pip install` is understood")
    elif name == "mkdir":
        effects.directories += operands
    elif name == "chmod":
        effects.executables += operands[1:] if "x" in operands[0] or "7" in operands[0] else []
    elif name in SYSTEM or _makes_environment(words):
        effects.left_out.append(" ".join(words[:6]))
    elif name not in TELLING or any(">" in word for word in words):
        refuse(f"`RUN {' '.join(words)[:100]}`", "it would have to run in the image's system")


def _makes_environment(words: list[str]) -> bool:
    """Of Python: the packages go where the interpreter finds them in any case."""
    is_python = re.fullmatch(r"python[\d.]*", PurePosixPath(words[0]).name)
    return bool(is_python and words[1:3] == ["-m", "venv"]) or words[:2] == ["uv", "venv"]


def _without_prefix(words: list[str]) -> list[str]:
    while words and (words[0] in ("sudo", "exec") or ASSIGNMENT.fullmatch(words[0])):
        words = words[1:]
    return words


def _pip_arguments(words: list[str]) -> list[str] | None:
    name = PurePosixPath(words[0]).name
    if re.fullmatch(r"pip[\d.]*", name):
        return words[1:]
    if re.fullmatch(r"python[\d.]*", name) and words[1:3] == ["-m", "pip"]:
        return words[3:]
    if name == "uv" and words[1:2] == ["pip"]:
        return words[2:]
    return None


def _pip_install(arguments: list[str]) -> PipInstall:
    install = PipInstall()
    targets = {
        "-r": install.files,
        "--requirement": install.files,
        "-c": install.constraints,
        "--constraint": install.constraints,
        "-e": install.editable,
        "--editable": install.editable,
    }
    words = iter(arguments)
    for word in words:
        option, _, value = word.partition("=")
        if option in WITH_VALUE:
            targets[option].append(value or next(words))
        elif option in INDEX:
            install.index += [option, value or next(words)]
        elif option in ("-t", "--target", "--prefix", "--root"):
            refuse(f"`pip install {option}`", "packages go where the interpreter finds them")
        elif not word.startswith("-"):
            install.requirements.append(word)
    return install
