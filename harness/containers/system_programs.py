"""Programs of an operating system that would see this machine instead of the container: processes
and the host's name. A container has its own of these, whatever its image."""

import re
import shlex
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Final

from harness.containers.family import shell

PROCPS: Final = Path(__file__).parent / "guest" / "procps.py"
NAMES: Final = ("kill", "pkill", "pgrep", "pidof", "killall", "ps")
CONFINE: Final = (
    "import os, sys; os.sched_setaffinity(0, map(int, sys.argv[1].split(','))); "
    "os.execvp(sys.argv[2], sys.argv[2:])"
)
SHELLS: Final = frozenset({"sh", "bash", "dash", "ash"})
SCRIPT: Final = re.compile(r"-[a-z]*c")
KILL: Final = re.compile(r"\bkill\b")


def programs(keeper_pid: int, main_file: Path, hostname: str, address: str) -> Mapping[str, str]:
    """These programs, as shell scripts by their names."""
    python, script, file = map(shlex.quote, (sys.executable, str(PROCPS), str(main_file)))
    known = {
        name: shell(python, "-I", "-S", script, str(keeper_pid), file, name, '"$@"')
        for name in NAMES
    }
    asks_address = f'case "$1" in -i|-I) echo {address};; *) echo {shlex.quote(hostname)};; esac'
    return {**known, "hostname": f"#!/bin/sh\n{asks_address}\n"}


def guarded(argv: Sequence[str], directory: Path) -> list[str]:
    """A shell's command with ``kill``, which is built into shells, replaced by the program."""
    words = list(argv)
    is_script = len(words) > 2 and PurePosixPath(words[0]).name in SHELLS
    if is_script and SCRIPT.fullmatch(words[1]) and KILL.search(words[2]):
        words[2] = f'kill() {{ {shlex.quote(str(directory / "kill"))} "$@"; }}\n{words[2]}'
    return words


def confined(argv: Sequence[str], processors: Collection[int]) -> list[str]:
    """The same command, to run on these processors only; none named: on all."""
    if not processors:
        return list(argv)
    numbers = ",".join(map(str, processors))
    return [sys.executable, "-I", "-S", "-c", CONFINE, numbers, *argv]
