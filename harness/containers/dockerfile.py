"""Reads a Dockerfile into instructions, and expands variables as Docker and the shell do.

Format: https://docs.docker.com/reference/dockerfile/
"""

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from harness.containers.refusals import RefusedError, refuse

#: ``\$``; ``${NAME}``, ``${NAME:-word}``, ``${NAME:+word}`` (the colon may be missing); ``$NAME``
VARIABLE: Final = re.compile(
    r"\\\$"
    r"|\$\{(?P<braced>\w+)(?:(?P<how>:?[-+])(?P<word>(?:[^{}]|\{[^{}]*\})*))?\}"
    r"|\$(?P<plain>[A-Za-z_]\w*)"
)
HIDDEN: Final = re.compile("\0(\\d+)\0")  # stands for a variable while words are split
FLAG: Final = re.compile(r"--([\w-]+)(?:=(\S+))?\s+")


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction: its name in capitals, its flags (a flag given more than once with a line
    for each), and the rest of the line."""

    name: str
    rest: str
    flags: Mapping[str, str]

    def __str__(self) -> str:
        return f"`{self.name} {' '.join(self.rest.split())[:120]}`"


def parse(text: str) -> list[Instruction]:
    """A Dockerfile's instructions.

    Raises:
        RefusedError: it holds a here-document.
    """
    return [_instruction(line) for line in _logical_lines(text)]


def expand(text: str, variables: Mapping[str, str]) -> str:
    """``text`` with variables replaced; unknown ones are empty."""

    def value(match: "re.Match[str]") -> str:
        if match[0] == r"\$":
            return "$"
        name = match["braced"] or match["plain"]
        found = variables.get(name)
        how = match["how"] or ""
        is_set = bool(found) if how.startswith(":") else found is not None
        if how.endswith("-"):
            return (found or "") if is_set else expand(match["word"], variables)
        if how.endswith("+"):
            return expand(match["word"], variables) if is_set else ""
        return found or ""

    return VARIABLE.sub(value, text)


def pairs(rest: str, variables: Mapping[str, str]) -> dict[str, str]:
    """``KEY=value KEY2="another value"`` or the old form ``KEY value``, with variables replaced.

    Docker splits the line first: a variable's value is part of one word, whatever it holds.
    """
    values: list[str] = []

    def hide(match: "re.Match[str]") -> str:
        values.append(expand(match[0], variables))
        return f"\0{len(values) - 1}\0"

    def show(text: str) -> str:
        return HIDDEN.sub(lambda match: values[int(match[1])], text)

    hidden = VARIABLE.sub(hide, rest)
    if "=" not in hidden.split(maxsplit=1)[0]:
        name, _, value = hidden.partition(" ")
        return {show(name): show(value.strip())}
    parted = (word.partition("=") for word in shlex.split(hidden))
    return {show(name): show(value) for name, _, value in parted}


def command(rest: str) -> list[str]:
    """A command in its JSON form, or in its shell form through ``/bin/sh -c``."""
    if rest.startswith("["):
        try:
            words = json.loads(rest)
        except json.JSONDecodeError:
            pass  # as Docker does: then it is a shell's command
        else:
            return [str(word) for word in words]
    return ["/bin/sh", "-c", rest]


def _logical_lines(text: str) -> Iterator[str]:
    joined = ""
    for line in text.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue  # comments and empty lines may stand within a continued instruction
        joined += line.rstrip()
        if joined.endswith("\\"):
            joined = joined[:-1] + " "
            continue
        yield joined.strip()
        joined = ""
    if joined.strip():
        yield joined.strip()


def _instruction(line: str) -> Instruction:
    name, _, rest = line.partition(" ")
    rest = rest.strip()
    if re.search(r"<<-?[\"']?\w+", rest):
        refuse(f"the here-document in `{line[:60]}`", "it is not understood")
    flags: dict[str, str] = {}
    while match := FLAG.match(rest):
        given = match[2] or ""
        flags[match[1]] = f"{flags[match[1]]}\n{given}" if match[1] in flags else given
        rest = rest[match.end() :]
    if not name.isalpha():
        raise RefusedError(
            f"`{line[:60]}` is no instruction of a Dockerfile.", hint="Mend the Dockerfile."
        )
    return Instruction(name.upper(), rest, flags)
