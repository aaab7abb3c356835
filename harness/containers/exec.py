"""Commands run inside a running container, beside its first process."""

import contextlib
import itertools
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

from harness.containers import launch, proc_net_tcp
from harness.containers.docker_errors import conflict
from harness.containers.node import NOT_FOUND, Node
from harness.containers.processes import Command
from harness.containers.refusals import refuse
from harness.containers.root import clean
from harness.errors import CrucibleError

NUMBERS: Final = itertools.count(1)


class ExecResult(NamedTuple):
    """Docker's result: exit code and output (both None where Docker gives None)."""

    exit_code: int | None
    output: Any


@dataclass(frozen=True, slots=True)
class Request:
    """What shall be run. ``split``: both streams apart."""

    argv: list[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    directory: str | None = None
    split: bool = False
    streaming: bool = False
    detached: bool = False


def read(cmd: Any, **given: Any) -> Request:
    """Docker's arguments of ``exec_run``.

    Raises:
        RefusedError: it asks for a terminal, input, a socket, or privileges.
    """
    for option in ("stdin", "tty", "socket", "privileged", "user"):
        if given.get(option):
            refuse(f"`exec_run` with `{option}`", "a command runs as it is, without a terminal")
    environment = given.get("environment") or {}
    if not isinstance(environment, Mapping):
        environment = dict(word.partition("=")[::2] for word in environment)
    return Request(
        shlex.split(cmd) if isinstance(cmd, str) else list(map(str, cmd)),
        {name: str(value) for name, value in environment.items()},
        given.get("workdir"),
        split=bool(given.get("demux")),
        streaming=bool(given.get("stream")),
        detached=bool(given.get("detach")),
    )


def run(node: Node, request: Request) -> ExecResult:
    """Run it; wait for its end unless it is detached.

    Raises:
        docker.errors.APIError: the container is not running.
    """
    if node.status != "running":
        raise conflict(f"container {node.blueprint.id} is not running")
    table = proc_net_tcp.answer(request.argv, node.processes.pids())
    if table is not None:
        return ExecResult(0, (table, None) if request.split else table)
    output, errors = _files(node)
    try:
        _, exit_code = node.processes.start(_command(node, request, output, errors))
    except CrucibleError as error:
        return ExecResult(NOT_FOUND, f"exec failed: {error.message}".encode())
    if request.detached:
        return ExecResult(None, b"")
    if request.streaming:
        return ExecResult(None, _once(exit_code, output))
    code = exit_code.result()
    streams = _take(output), _take(errors)
    return ExecResult(code, tuple(s or None for s in streams) if request.split else streams[0])


def _files(node: Node) -> tuple[Path, Path]:
    base = node.blueprint.log.parent / f"exec-{next(NUMBERS)}"
    return base.with_suffix(".out"), base.with_suffix(".err")


def _command(node: Node, request: Request, output: Path, errors: Path) -> Command:
    print_ = node.blueprint
    argv = launch.translated(print_, request.argv)
    if request.split:
        argv = ["/bin/sh", "-c", f'exec "$@" 2>{shlex.quote(str(errors))}', "sh", *argv]
    directory = clean(request.directory or ".", print_.directory)
    return launch.command(print_, argv, directory, output, request.environment, node.pid)


def _once(exit_code: Any, output: Path) -> Iterator[bytes]:
    exit_code.result()
    yield _take(output)


def _take(file: Path) -> bytes:
    with contextlib.suppress(FileNotFoundError):
        content = file.read_bytes()
        file.unlink()
        return content
    return b""
