"""A PostgreSQL cluster for tests: made quickly, started on one address, stopped in order."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from harness.errors import CrucibleError
from harness.runtime.keeper import die_with_parent
from harness.runtime.ports import HOST, Ports
from harness.servers import account, cache, tool
from harness.servers.find import Server
from harness.servers.postgres_ping import postgres_answers

USER = "crucible"
DATABASE = "target"
INITDB_SECONDS_MAX = 120.0
START_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 30.0
HINT = "See what PostgreSQL says above; `crucible doctor` shows which one is used."

INITDB = (
    f"--username={USER}",
    "--auth=trust",
    "--encoding=UTF8",
    "--no-locale",
    "--wal-segsize=1",
    "--no-sync",
)
#: Not CREATE DATABASE: three hundred files fewer to copy for every run.
NAMING = f"ALTER DATABASE postgres RENAME TO {DATABASE};\n"

#: Without fsync a killed server loses nothing it confirmed, since the kernel has what was written;
#: only a crash of the machine would. `synchronous_commit` and `full_page_writes` must stay on: a
#: SIGKILL would lose confirmed rows that lay in memory, or tear a page in the midst of a write.
#: Shared memory lies in the data directory, so that SIGKILL leaks none.
SETTINGS = (
    "unix_socket_directories=",
    "max_connections=200",
    "shared_buffers=32MB",
    "dynamic_shared_memory_type=mmap",
    "fsync=off",
    "jit=off",
    "timezone=UTC",
    "log_timezone=UTC",
)


def environment() -> dict[str, str]:
    """Ours, without the variables that would change what PostgreSQL or its clients do."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    return {**kept, "LC_ALL": "C"}


def url(port: int, host: str = HOST) -> str:
    """The database's address, as SQLAlchemy, dj-database-url and libpq understand it."""
    return f"postgresql://{USER}@{host}:{port}/{DATABASE}"


def command(server: Server, data: Path, port: int, host: str = HOST) -> list[str]:
    """What starts the server in the foreground; its log goes to standard error.

    Run it under ``account.unprivileged()`` with ``data`` as working directory (the account may
    not enter ours). SIGINT stops it at once and in order; SIGKILL is a crash.
    """
    return [str(server.path), "-D", str(data), "-p", str(port), "-h", host, *_options()]


def initialise(server: Server, data: Path) -> None:
    """Make a cluster with one empty database in ``data``, an empty directory."""
    user = account.unprivileged()
    with cache.writing():
        data.chmod(0o700)
        if user:
            os.chown(data, *user)
    tool.run(
        [server.beside("initdb"), "-D", data, *INITDB],
        title="PostgreSQL's initdb",
        hint=HINT,
        timeout_s=INITDB_SECONDS_MAX,
        environment=environment(),
        cwd=data,
        account=user,
    )
    printed = tool.run(
        [server.path, "--single", "-D", data, *_options(), "template1"],
        title="Naming the database",
        hint=HINT,
        timeout_s=INITDB_SECONDS_MAX,
        environment=environment(),
        cwd=data,
        account=user,
        stdin=NAMING,
    )
    if "ERROR:" in printed:  # single-user mode ends with 0 all the same
        raise CrucibleError(
            f"PostgreSQL could not name the database:\n{tool.last_lines(printed)}", hint=HINT
        )


@contextlib.contextmanager
def running(server: Server, data: Path, log: Path) -> Iterator[str]:
    """Run the cluster in ``data`` for a while; yields the database's URL."""
    ports = Ports()
    try:
        port = ports.take()
        process = _start(server, data, port, log)
        try:
            _await_answer(process, port, log)
            yield url(port)
        except BaseException:
            _stop(process)  # how it ends says nothing now
            raise
        if code := _stop(process):
            raise CrucibleError(f"PostgreSQL ended with code {code}.", hint=HINT)
    finally:
        ports.close()


def _options() -> list[str]:
    return [word for setting in SETTINGS for word in ("-c", setting)]


def _start(server: Server, data: Path, port: int, log: Path) -> "subprocess.Popen[bytes]":
    user = account.unprivileged()
    with log.open("ab") as output:
        return subprocess.Popen(
            command(server, data, port),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment(),
            cwd=data,
            start_new_session=True,  # Ctrl-C is for us: we stop it in order
            preexec_fn=die_with_parent,
            user=user.uid if user else None,
            group=user.gid if user else None,
            extra_groups=[] if user else None,
        )


def _await_answer(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS_MAX
    while not postgres_answers(HOST, port, user=USER, database=DATABASE):
        if process.poll() is not None:
            how = f"ended with code {process.returncode}"
        elif time.monotonic() > deadline:
            how = f"did not answer within {START_SECONDS_MAX:g} s"
        else:
            time.sleep(0.01)  # between two questions
            continue
        lines = tool.last_lines(log.read_text(errors="replace"))
        raise CrucibleError(f"PostgreSQL {how}:\n{lines}", hint=HINT)


def _stop(process: "subprocess.Popen[bytes]") -> int:
    process.send_signal(signal.SIGINT)
    try:
        return process.wait(STOP_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()
