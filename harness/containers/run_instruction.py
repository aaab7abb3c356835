"""What a ``RUN`` of a Dockerfile does to a worker: the Python packages it installs, the files it
makes.

Preparations of another system (its packages, its accounts) have no meaning here and are left out.
Any other command is refused, since its effect would be missing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final

from harness.containers.file_commands import COMMANDS, Files
from harness.containers.refusals import refuse
from harness.containers.root import Root, clean
from harness.containers.shell import commands

#: Prepare the image's own operating system: none of it is there, none of it is needed.
SYSTEM: Final = frozenset({
    "apt", "apt-get", "apk", "adduser", "addgroup", "useradd", "usermod", "groupadd", "chown",
    "update-ca-certificates", "locale-gen", "set", "true",
})  # fmt: skip
#: Only tell something to whoever builds.
TELLING: Final = frozenset({"echo", "printf", "ls", "pwd", "env", "printenv"})
WRITING: Final = frozenset({"echo", "printf"})
PIP_TELLING: Final = frozenset({"--version", "-V", "list", "freeze", "check", "cache", "config"})
WITH_VALUE: Final = frozenset({"-r", "--requirement", "-c", "--constraint", "-e", "--editable"})
INDEX: Final = frozenset({"-i", "--index-url", "--extra-index-url", "-f", "--find-links"})
ASSIGNMENT: Final = re.compile(r"\w+=.*")
REDIRECTION: Final = re.compile(r"[<>&|]*[<>][<>&|]*")
DISCARD: Final = "/dev/null"


@dataclass(slots=True)
class PipInstall:
    """One ``pip install``: requirements, and files and directories as the image names them."""

    requirements: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    constraints: list[str] = field(default_factory=list)
    editable: list[str] = field(default_factory=list)
    index: list[str] = field(default_factory=list)

    def rooted(self, directory: str) -> "PipInstall":
        """The same with absolute paths: what follows may change the directory."""

        def absolute(paths: list[str]) -> list[str]:
            return [path if "://" in path else clean(path, directory) for path in paths]

        requirements = [
            clean(text, directory) if text.startswith((".", "/")) else text
            for text in self.requirements
        ]
        return PipInstall(
            requirements,
            absolute(self.files),
            absolute(self.constraints),
            absolute(self.editable),
            self.index,
        )


def perform(shell: str, root: Root, directory: str) -> list[PipInstall]:
    """Let a shell's line, its variables expanded, make its files; what it installs is returned.

    Raises:
        RefusedError: it holds a command whose effect would be missing.
    """
    installs: list[PipInstall] = []
    for words in commands(shell):
        words, target, append = _redirected(_without_prefix(words))
        if not words:
            continue
        if words[0] == "cd":
            directory = clean(words[1] if len(words) > 1 else "/root", directory)
        elif (install := _install(words)) is not None:
            installs += [each.rooted(directory) for each in install]
        else:
            _run(words, target, append, Files(root, directory))
    return installs


def _run(words: list[str], target: str, append: bool, files: Files) -> None:
    name = PurePosixPath(words[0]).name
    if target and name in WRITING:
        files.write([name, *words[1:]], target, append)
    elif name in COMMANDS:
        files.run([name, *words[1:]])
    elif words[:2] == ["git", "clone"]:
        files.clone(words)
    elif name not in SYSTEM and not _makes_environment(words) and (target or name not in TELLING):
        refuse(f"`RUN {' '.join(words)[:100]}`", "it would have to run in the image's system")


def _redirected(words: Sequence[str]) -> tuple[list[str], str, bool]:
    """The words without their redirections; the file that takes the output, and how."""
    left: list[str] = []
    target, append = "", False
    rest = iter(words)
    for word in rest:
        if not REDIRECTION.fullmatch(word):
            left.append(word)
            continue
        place = next(rest, "")
        if word in (">", ">>", "&>") and place != DISCARD:
            target, append = place, word == ">>"
    return left, target, append


def _makes_environment(words: list[str]) -> bool:
    """Of Python: the packages go where the interpreter finds them in any case."""
    is_python = re.fullmatch(r"python[\d.]*", PurePosixPath(words[0]).name)
    return bool(is_python and words[1:3] == ["-m", "venv"]) or words[:2] == ["uv", "venv"]


def _without_prefix(words: list[str]) -> list[str]:
    while words and (words[0] in ("sudo", "exec") or ASSIGNMENT.fullmatch(words[0])):
        words = words[1:]
    return words


def _install(words: list[str]) -> list[PipInstall] | None:
    """What is installed: nothing by a ``pip list``. None: it is no installer."""
    if words[:2] in (["poetry", "install"], ["uv", "sync"]):
        return [PipInstall(editable=["."])]
    if words[:2] == ["poetry", "config"]:
        return []
    arguments = _pip_arguments(words)
    if arguments is None:
        return None
    if arguments[:1] == ["install"]:
        return [_pip_install(arguments[1:])]
    if not PIP_TELLING.intersection(arguments[:1]):
        refuse(f"`RUN pip {' '.join(arguments)[:80]}`", "only `pip install` is understood")
    return []


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
