"""A family of images: programs a container has on its PATH, and how they find their node."""

import re
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness.containers.root import Root


@dataclass(frozen=True, slots=True)
class Site:
    """Where a container runs."""

    root: Root
    address: str
    hostname: str
    tag: str
    environment: Mapping[str, str]
    #: A port of this machine, for what listens on all loopback addresses.
    free_port: Callable[[], int]


@dataclass(frozen=True, slots=True)
class Fitting:
    """What makes an image of a family run there.

    ``programs``: shell scripts by the names they have inside; ``is_server``: it will open the
    ports that are published, so that a start waits for them. ``needs``: where its files are.
    """

    programs: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    is_server: bool = False
    needs: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Family:
    """What is known of official images of one name, whatever their tag."""

    name: str
    fit: Callable[[Site], Fitting]
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[str, ...] = ()
    directory: str = ""
    #: Names the server that stands for the image; raises where there is none.
    server: Callable[[], str] = lambda: ""


def write_programs(directory: Path, programs: Mapping[str, str]) -> None:
    """Put programs into a directory for the PATH."""
    directory.mkdir(parents=True, exist_ok=True)
    for name, script in programs.items():
        file = directory / name
        file.write_text(script)
        file.chmod(file.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)


def shell(*words: str) -> str:
    """A program that runs ``words`` in its place; quote what needs quoting yourself."""
    return "#!/bin/sh\nexec " + " ".join(words) + "\n"


def tag_version(tag: str) -> str | None:
    """The version a tag asks for: ``7.2`` of ``7.2-alpine``, nothing of ``latest``."""
    match = re.match(r"\d+(?:\.\d+)*", tag)
    return match[0] if match else None
