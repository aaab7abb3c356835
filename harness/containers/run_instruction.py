"""What a ``RUN`` of a Dockerfile does to a worker: the Python packages it installs.

Preparations of another system (its packages, its accounts) have no meaning here and are noted as
left out. Any other command is refused, since its effect would be missing.
"""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final

from harness.containers.refusals import refuse

SEPARATORS: Final = frozenset({"&&", ";", "||"})
#: Prepare the image's own operating system: none of it is there, none of it is needed.
SYSTEM: Final = frozenset({
    "apt", "apt-get", "apk", "adduser", "addgroup", "useradd", "usermod", "groupadd", "chown",
    "chmod", "rm", "set", "true",
})  # fmt: skip
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
    left_out: list[str] = field(default_factory=list)


def study(shell: str) -> Effects:
    """The effects of a shell's command, its variables expanded.

    Raises:
        RefusedError: it holds a command whose effect would be missing.
    """
    effects = Effects()
    for words in _commands(shell):
        words = _without_prefix(words)
        if not words:
            continue
        name = PurePosixPath(words[0]).name
        if (arguments := _pip_arguments(words)) is not None:
            effects.installs.append(_pip_install(arguments))
        elif name == "mkdir":
            effects.directories += [word for word in words[1:] if not word.startswith("-")]
        elif name in SYSTEM:
            effects.left_out.append(" ".join(words[:6]))
        else:
            refuse(f"`RUN {' '.join(words)[:100]}`", "it would have to run in the image's system")
    return effects


def _commands(shell: str) -> Iterator[list[str]]:
    lexer = shlex.shlex(shell, posix=True, punctuation_chars="&|;")
    lexer.whitespace_split = True
    lexer.commenters = ""
    words: list[str] = []
    for word in lexer:
        if word in SEPARATORS:
            yield words
            words = []
        elif word == "|":
            refuse(f"`RUN {shell[:100]}`", "pipes are not understood")
        else:
            words.append(word)
    yield words


def _without_prefix(words: list[str]) -> list[str]:
    while words and (words[0] in ("sudo", "exec") or ASSIGNMENT.fullmatch(words[0])):
        words = words[1:]
    return words


def _pip_arguments(words: list[str]) -> list[str] | None:
    name = PurePosixPath(words[0]).name
    if re.fullmatch(r"pip[\d.]*", name):
        words = words[1:]
    elif re.fullmatch(r"python[\d.]*", name) and words[1:3] == ["-m", "pip"]:
        words = words[3:]
    elif name == "uv" and words[1:2] == ["pip"]:
        words = words[2:]
    else:
        return None
    if words[:1] != ["install"]:
        refuse(f"`RUN pip {' '.join(words)[:80]}`", "only `pip install` is understood")
    return words[1:]


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
