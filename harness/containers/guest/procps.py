"""`kill`, `pkill`, `pgrep`, `pidof`, `killall` and `ps` as a container's own: they see and signal
its processes only, never this machine's. Process 1 is the container's first.

Usage: procps.py KEEPER MAIN_FILE NAME [ARGUMENT...]. Options they do not know end them with code 2.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, field

FIRST = 1
EVERY = -1
NO_MATCH = 1
USAGE = 2


@dataclass(frozen=True)
class Process:
    """One process, as /proc tells."""

    pid: int
    parent: int
    name: str
    line: str


@dataclass
class Choice:
    """What `pgrep` is asked for."""

    pattern: str = ""
    flags: set[str] = field(default_factory=set)
    parents: set[int] = field(default_factory=set)
    signal: int = signal.SIGTERM


def processes(keeper: int) -> list[Process]:
    """All below the keeper but this one, oldest first."""
    known = {each.pid: each for each in map(look, os.listdir("/proc")) if each}

    def is_below(process: Process) -> bool:
        above = process.parent
        while above != keeper and above in known:
            above = known[above].parent
        return above == keeper

    return [known[pid] for pid in sorted(known) if pid != os.getpid() and is_below(known[pid])]


def look(entry: str) -> Process | None:
    """One entry of /proc; None: it is no process, or no longer."""
    if not entry.isdigit():
        return None
    try:
        with open(f"/proc/{entry}/stat") as file:
            head, _, tail = file.read().rpartition(")")
        with open(f"/proc/{entry}/cmdline", "rb") as file:
            line = file.read().rstrip(b"\0").replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return None
    name = head.partition("(")[2]
    return Process(int(entry), int(tail.split()[1]), name, line or name)


def number(text: str) -> int:
    """A signal's number, by number or name."""
    if text.isdigit():
        return int(text)
    name = text.upper()
    return int(signal.Signals[name if name.startswith("SIG") else f"SIG{name}"])


def main_pid(file: str) -> int:
    """The container's first process."""
    with open(file) as content:
        return int(content.read())


def usage(name: str, word: str) -> int:
    """Say what is not understood."""
    print(f"{name}: without a container, {word!r} is not understood", file=sys.stderr)
    return USAGE


def kill(keeper: int, main: str, arguments: list[str]) -> int:
    """`kill [-SIGNAL | -s SIGNAL] PID...`"""
    wanted = int(signal.SIGTERM)
    if arguments[:1] == ["-s"]:
        wanted, arguments = number(arguments[1]), arguments[2:]
    elif arguments and re.fullmatch(r"-[A-Za-z]\w*|-\d+", arguments[0]) and len(arguments) > 1:
        wanted, arguments = number(arguments[0][1:]), arguments[1:]
    own = [each.pid for each in processes(keeper)]
    failed = 0
    for word in [word for word in arguments if word != "--"]:
        pid = int(word)
        targets = own if pid == EVERY else [main_pid(main) if pid == FIRST else pid]
        if abs(targets[0]) not in own:
            print(f"kill: ({word}) - No such process", file=sys.stderr)
            failed = 1
            continue
        for target in targets:
            os.kill(target, wanted)
    return failed


def read(name: str, arguments: list[str]) -> Choice | None:
    """The options of `pgrep` and `pkill`; None: one is not understood."""
    choice = Choice()
    words = iter(arguments)
    for word in words:
        if word in ("--signal", "-s"):
            choice.signal = number(next(words))
        elif word in ("-P", "--parent"):
            choice.parents.update(int(pid) for pid in next(words).split(","))
        elif re.fullmatch(r"-[fxonlaci]+", word) and not re.fullmatch(r"-(INT|ILL)", word):
            choice.flags.update(word[1:])
        elif re.fullmatch(r"-(\d+|[A-Z][A-Z0-9+-]*)", word) and name in ("pkill", "killall"):
            choice.signal = number(word[1:])
        elif word.startswith("-") or choice.pattern:
            usage(name, word)
            return None
        else:
            choice.pattern = word
    return choice


def chosen(keeper: int, choice: Choice) -> list[Process]:
    """The processes that match."""
    flags = re.IGNORECASE if "i" in choice.flags else 0
    pattern = re.compile(choice.pattern, flags)
    match = pattern.fullmatch if "x" in choice.flags else pattern.search
    found = [
        each
        for each in processes(keeper)
        if match(each.line if "f" in choice.flags else each.name)
        and (not choice.parents or each.parent in choice.parents)
    ]
    if "o" in choice.flags:
        return found[:1]
    return found[-1:] if "n" in choice.flags else found


def select(name: str, keeper: int, main: str, arguments: list[str]) -> int:
    """`pgrep`, `pkill`, `killall`, `pidof`."""
    choice = read(name, arguments)
    if choice is None:
        return USAGE
    if name in ("killall", "pidof"):
        choice.flags.add("x")
        choice.pattern = re.escape(choice.pattern)
    choice.parents = {main_pid(main) if pid == FIRST else pid for pid in choice.parents}
    found = chosen(keeper, choice)
    if name in ("pkill", "killall"):
        for each in found:
            os.kill(each.pid, choice.signal)
    elif name == "pidof":
        print(*(each.pid for each in reversed(found)))
    elif "c" in choice.flags:
        print(len(found))
    else:
        for each in found:
            shown = {"a": each.line, "l": each.name}
            print(each.pid, *[shown[flag] for flag in "al" if flag in choice.flags][:1])
    return 0 if found else NO_MATCH


def ps(keeper: int, arguments: list[str]) -> int:
    """What this machine's `ps` prints, less the lines of other processes."""
    real = shutil.which("ps", path=os.defpath)
    if real is None:
        return usage("ps", "ps")
    done = subprocess.run([real, *arguments], capture_output=True, text=True, check=False)
    heading, *lines = done.stdout.splitlines() or [""]
    if done.returncode or "PID" not in heading.split():
        sys.stderr.write(done.stderr)
        return done.returncode or usage("ps", "a list without PID")
    column = heading.split().index("PID")
    own = {str(each.pid) for each in processes(keeper)}
    print(heading, *(line for line in lines if line.split()[column] in own), sep="\n")
    return 0


def main(keeper: int, main_file: str, name: str, arguments: list[str]) -> int:
    """Be one of them."""
    if name == "kill":
        return kill(keeper, main_file, arguments)
    if name == "ps":
        return ps(keeper, arguments)
    return select(name, keeper, main_file, arguments)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4:]))
