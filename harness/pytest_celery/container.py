"""What pytest-celery's containers wrap: docker's ``Container``, as far as they use it."""

import os
import shlex
import signal as signals
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from harness.containers import signals as names
from harness.errors import CrucibleError
from harness.node import Node

STOP_SECONDS_MAX: Final = 10.0
EXECUTE_SECONDS_MAX: Final = 60.0
KILL_SECONDS_MAX: Final = 10.0
NOT_FOUND: Final = 127  # a shell's exit code where there is no such program
CAUSE: Final = "the test ended it"


class ExecResult(NamedTuple):
    """Exit code and output, as docker's client gives them."""

    exit_code: int
    output: bytes


class NodeContainer:
    """One node, with the log of one test. ``touched`` hears what makes it unfit for the next."""

    def __init__(self, node: Node, hostname: str, touched: Callable[[str], None]) -> None:
        self.node = node
        self.name = node.name
        self.id = self.short_id = hostname
        self.labels: dict[str, str] = {}
        self._touched = touched
        self._mark = node.mark()
        self.attrs: dict[str, Any] = {}
        self.reload()

    @property
    def status(self) -> str:
        """``running`` or ``exited``, when it was last asked."""
        return str(self.attrs["State"]["Status"])

    def _inspect(self) -> dict[str, Any]:
        """What ``docker inspect`` says, as far as pytest-celery reads it."""
        running = self.node.pid is not None
        code = self.node.exit_code or 0
        address = self.node.spec.address
        host = address.host if address else ""
        environment = self.node.spec.environment
        return {
            "Id": self.id,
            "Name": f"/{self.name}",
            "Config": {
                "Hostname": host or self.id,
                "Env": [f"{name}={value}" for name, value in environment.items()],
                "Cmd": list(self.node.spec.argv),
            },
            "State": {
                "Status": "running" if running else "exited",
                "Running": running,
                "Pid": self.node.pid or 0,
                "ExitCode": 0 if running else code if code >= 0 else 128 - code,
            },
            "NetworkSettings": {"Networks": {"stack": {"IPAddress": host}}, "Ports": {}},
            "HostConfig": {"PortBindings": {}},
        }

    def reload(self) -> None:
        """See again whether it runs."""
        self.attrs = self._inspect()

    def logs(self, **_: object) -> bytes:
        """What it has logged since the test began."""
        return self.node.logs(self._mark).encode()

    def kill(self, signal: "str | int | None" = None) -> None:
        """Signal its main process; SIGKILL returns when it has ended. Nobody starts it again
        but ``restart``, or what cleans up after the test."""
        number = names.number(signal)
        self._touched(self.name)
        self.node.retire()
        self.node.kill(number, cause=CAUSE, group=number == signals.SIGKILL)
        if number == signals.SIGKILL and not self.node.wait(KILL_SECONDS_MAX):
            raise CrucibleError(f"{self.name} survives SIGKILL.", hint="See its log.")
        if number == signals.SIGKILL:
            self.reload()

    def stop(self, timeout: float = STOP_SECONDS_MAX, **_: object) -> None:
        """Ask it to end, and kill it if it does not within ``timeout`` seconds."""
        self._touched(self.name)
        self.node.retire()
        if self.node.pid is not None:
            self.node.kill(self.node.spec.farewell or signals.SIGTERM, cause=CAUSE)
        if not self.node.wait(timeout):
            self.node.stop()

    def start(self, **_: object) -> None:
        """Start it, and return when it is ready."""
        if self.node.pid is None:
            self.node.start()

    def restart(self, timeout: float = STOP_SECONDS_MAX, **_: object) -> None:
        """Stop it and start it."""
        self.stop(timeout)
        self.start()

    def pause(self) -> None:
        """Stop all its processes where they are."""
        self._touched(self.name)
        self.node.pause()

    def unpause(self) -> None:
        """Let them go on."""
        self.node.resume()

    def exec_run(self, cmd: Any, **_: object) -> ExecResult:
        """Run a command where the node runs; both streams, its output first."""
        argv = shlex.split(cmd) if isinstance(cmd, str) else list(map(str, cmd))
        try:
            done = self.node.run_inside(argv, EXECUTE_SECONDS_MAX)
        except OSError as error:
            return ExecResult(NOT_FOUND, f"{argv[0]}: {os.strerror(error.errno or 0)}".encode())
        return ExecResult(done.code, (done.output + done.errors).encode())
