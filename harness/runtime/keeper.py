"""A small process that starts a run's nodes and never outlives Crucible.

Crucible holds the other end of a socket. When it closes, for whatever reason (``kill -9``
included), the keeper kills every process that descends from it, removes the scratch directories
it was told of, and ends. It is a program of its own, standard library only, started by path.

Requests, one JSON object a line: ``{"id", "spawn": {name, argv, env, cwd, log, uid, gid,
farewell}}`` and
``{"id", "scratch": path}``. Answers: ``{"id", "pid", "name"}``, ``{"id", "error"}``. Notices:
``{"exited": name, "pid", "code", "mono", "wall"}`` with a negative code for a signal.
"""

import contextlib
import ctypes
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
FAREWELL_SECONDS_MAX = 1.0
IGNORED = (signal.SIGINT, signal.SIGHUP)  # a terminal's: Crucible acts on them, the keeper not
LINUX = sys.platform == "linux"
LIBC = ctypes.CDLL(None, use_errno=True) if LINUX else None


def become_subreaper() -> None:
    """Orphans of our descendants become our children, so that none can hide (Linux)."""
    if LIBC:
        LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def die_with_parent() -> None:
    """In a new child: be killed if the keeper itself is killed (Linux)."""
    if LIBC:
        LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def become_node() -> None:
    """In a new child: end with the keeper, and hear again what the keeper ignores."""
    die_with_parent()
    for number in IGNORED:
        signal.signal(number, signal.SIG_DFL)


class Keeper:
    """The loop: requests in, exits out, until Crucible is gone."""

    def __init__(self, crucible: socket.socket) -> None:
        self.crucible = crucible
        self.names: dict[int, str] = {}
        self.farewells: dict[int, int] = {}  # pid -> the signal that ends it in order
        self.scratch: list[Path] = []
        self.buffer = b""

    def run(self) -> None:
        """Serve until the socket closes, then leave nothing behind."""
        woken, wake = os.pipe()
        os.set_blocking(wake, False)
        signal.set_wakeup_fd(wake)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        try:
            self._serve(woken)
        finally:
            self._end()

    def _serve(self, woken: int) -> None:
        commands = self.crucible.fileno()
        while True:
            readable, _, _ = select.select([commands, woken], [], [])
            if woken in readable:
                os.read(woken, 4096)
                self._reap()
            if commands in readable and not self._receive():
                return

    def _receive(self) -> bool:
        try:
            data = self.crucible.recv(1 << 16)
        except ConnectionError:
            return False
        if not data:
            return False
        *lines, self.buffer = (self.buffer + data).split(b"\n")
        for line in lines:
            self._handle(json.loads(line))
        return True

    def _handle(self, request: dict[str, Any]) -> None:
        answer: dict[str, Any] = {"id": request["id"]}
        try:
            if "spawn" in request:
                answer["pid"] = self._spawn(**request["spawn"])
                answer["name"] = request["spawn"]["name"]
            else:
                self.scratch.append(Path(request["scratch"]))
        except (OSError, subprocess.SubprocessError) as error:
            answer["error"] = str(error)
        self._send(answer)

    def _spawn(
        self,
        name: str,
        argv: list[str],
        env: dict[str, str],
        cwd: str,
        log: str,
        uid: int | None,
        gid: int | None,
        farewell: int | None = None,
    ) -> int:
        with open(log, "ab") as output:
            process = subprocess.Popen(
                argv,
                env=env,
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a node is a process group: its children go with it
                user=uid,
                group=gid,
                extra_groups=[] if uid is not None else None,
                preexec_fn=become_node,
            )
        process.returncode = 0  # we reap it ourselves: Popen must neither wait nor warn
        self.names[process.pid] = name
        if farewell is not None:
            self.farewells[process.pid] = farewell
        return process.pid

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            name = self.names.pop(pid, None)
            self.farewells.pop(pid, None)
            if name is not None:
                code = os.waitstatus_to_exitcode(status)
                clocks = {"mono": time.monotonic_ns(), "wall": time.time_ns()}
                self._send({"exited": name, "pid": pid, "code": code, **clocks})

    def _send(self, message: dict[str, Any]) -> None:
        with contextlib.suppress(OSError):  # Crucible is gone: the loop will see that itself
            self.crucible.sendall(json.dumps(message).encode() + b"\n")

    def _say_farewell(self) -> None:
        """End in order what would leave something in the kernel (PostgreSQL: shared memory)."""
        for pid, number in self.farewells.items():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)
        deadline = time.monotonic() + FAREWELL_SECONDS_MAX
        while self.farewells and time.monotonic() < deadline:
            self._reap()
            time.sleep(0.002)

    def _end(self) -> None:
        self._say_farewell()
        while pids := set(descendants(os.getpid())) | set(self.names):
            for pid in pids:
                kill = os.killpg if pid in self.names else os.kill  # a node leads its group
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    kill(pid, signal.SIGKILL)
            self._reap()
            time.sleep(0.005)  # between two looks at the process table; nothing is timed by it
        for directory in self.scratch:
            shutil.rmtree(directory, ignore_errors=True)


def descendants(ancestor: int) -> Iterator[int]:
    """Every living process below ``ancestor``, from /proc (none on systems without it)."""
    parents = dict(_parents())
    for pid in parents:
        above: int | None = parents[pid]
        while above is not None and above != ancestor:
            above = parents.get(above)
        if above == ancestor:
            yield pid


def _parents() -> Iterator[tuple[int, int]]:
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            # The second field, the name, may hold spaces and parentheses: cut behind the last.
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if fields[0] != "Z":
                yield int(entry.name), int(fields[1])


def main() -> None:
    """Entry: the socket's descriptor is the only argument."""
    become_subreaper()
    for number in IGNORED:
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # through `finally`: nothing is left
    Keeper(socket.socket(fileno=int(sys.argv[1]))).run()


if __name__ == "__main__":
    main()
