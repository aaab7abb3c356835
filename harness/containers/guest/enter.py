"""Gives a process the file system of its container, and lets it become the command.

Usage: enter.py VIEW NOTICE COMMAND [ARGUMENT...]. VIEW is written by ``harness.containers.entry``;
NOTICE is a pipe that closes unwritten when the command runs, and says otherwise why it does not.
The mounts are in a namespace of their own: nobody else sees them, and they end with its processes.
"""

from __future__ import annotations

import ctypes
import marshal
import os
import signal
import sys
from contextlib import suppress

CLONE_NEWNS = 0x20000  # these eight from <sched.h> and <sys/mount.h>
CLONE_NEWUSER = 0x10000000
MS_RDONLY = 0x1
MS_REMOUNT = 0x20
MS_BIND = 0x1000
MS_REC = 0x4000
MS_PRIVATE = 0x40000
MNT_DETACH = 2
NOT_EXECUTABLE = 126  # exit codes as shells have them, and Docker's for its own failures
NOT_FOUND = 127
NO_VIEW = 125
LIBC = ctypes.CDLL(None, use_errno=True)


def succeed(result: int, what: str) -> None:
    """Raise the C library's error if there was one."""
    if result:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)


def leave_machine(neighbour: int) -> None:
    """Enter a mount namespace; in a user namespace, as the same account, where that is needed.

    That of the container's first process, if there is one: else neither could look at the other.
    """
    if LIBC.unshare(CLONE_NEWNS) and not follow(neighbour):
        uid, gid = os.geteuid(), os.getegid()
        succeed(LIBC.unshare(CLONE_NEWUSER | CLONE_NEWNS), "a mount namespace")
        maps = {"setgroups": "deny", "uid_map": f"{uid} {uid} 1", "gid_map": f"{gid} {gid} 1"}
        for name, text in maps.items():
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
    succeed(LIBC.mount(None, b"/", None, MS_REC | MS_PRIVATE, None), "private mounts")


def follow(neighbour: int) -> bool:
    """Enter the user namespace of a process, if it has one of its own."""
    try:
        descriptor = os.open(f"/proc/{neighbour}/ns/user", os.O_RDONLY)
    except OSError:  # there is no such process, or no longer
        return False
    entered = bool(LIBC.setns(descriptor, CLONE_NEWUSER) == 0)
    os.close(descriptor)
    if entered:
        succeed(LIBC.unshare(CLONE_NEWNS), "a mount namespace")
    return entered


def bind(source: str, target: str) -> None:
    """Let ``source``, with all that is mounted in it, be seen at ``target``."""
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    elif not os.path.lexists(target):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        open(target, "a").close()
    flags = MS_BIND | MS_REC
    succeed(LIBC.mount(os.fsencode(source), os.fsencode(target), None, flags, None), target)


def protect(target: str) -> None:
    """Let nobody write there. The flags it has must stay, or an account not root may not do it."""
    kept = os.statvfs(target).f_flag & (os.ST_NOSUID | os.ST_NODEV | os.ST_NOEXEC)
    flags = MS_REMOUNT | MS_BIND | MS_RDONLY | kept
    succeed(LIBC.mount(None, os.fsencode(target), None, flags, None), target)


def borrow(source: str, target: str) -> None:
    """The same, unless the machine has lost it meanwhile."""
    try:
        bind(source, target)
    except OSError:
        if os.path.lexists(source):
            raise


def build(
    root: str,
    links: list[tuple[str, str]],
    borrowed: list[tuple[str, str]],
    binds: list[tuple[str, str]],
    read_only: list[str],
) -> None:
    """Complete ``root`` with what the container has of the machine and of its volumes."""
    bind(root, root)
    for target, text in links:
        with suppress(FileExistsError):
            os.symlink(text, root + target)
    for source, target in borrowed:
        borrow(source, root + target)
    for source, target in binds:
        bind(source, root + target)
    for target in read_only:
        protect(root + target)
    # Paths into the root that commands and variables hold lead to the same.
    bind(root, root + root)


def move_to(root: str) -> None:
    """Let it be ``/``, in the eyes of others who look at the process as well."""
    os.chdir(root)
    succeed(LIBC.pivot_root(b".", b"."), "the root directory")
    succeed(LIBC.umount2(b".", MNT_DETACH), "the machine's root directory")  # now below


def become(command: list[str]) -> None:
    """Run it in this process's place, with the signals as a new process has them."""
    for number in (signal.SIGPIPE, signal.SIGXFSZ):  # Python ignores them
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execvp(command[0], command)
    except OSError as error:
        raise OSError(error.errno, error.strerror, command[0]) from error


def main(view: str, notice: str, *command: str) -> int:
    """The exit code, if it comes to that."""
    answer = os.open(notice, os.O_WRONLY | os.O_CLOEXEC)
    try:
        with open(view, "rb") as file:
            root, *plan, directory, neighbour = marshal.load(file)
        leave_machine(neighbour)
        build(root, *plan)
        move_to(root)
    except Exception as error:  # whatever it is, the command must not run
        os.write(answer, f"its file system cannot be made: {error}".encode())
        return NO_VIEW
    try:
        os.chdir(directory)
        become(list(command))
    except OSError as error:
        os.write(answer, str(error).encode())
        return NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_EXECUTABLE
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
