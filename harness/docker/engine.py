"""The Docker engine's HTTP API: what must be quick, since faults aim at moments.

The command ``docker`` takes tens of milliseconds to start; a request takes one or two.
"""

import contextlib
import http.client
import json
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode

from harness.docker import connection
from harness.docker.frames import STDERR, frames
from harness.errors import CrucibleError, Exit

REQUEST_SECONDS_MAX: Final = 60.0
PROJECT_LABEL: Final = "com.docker.compose.project"
SERVICE_LABEL: Final = "com.docker.compose.service"


@dataclass(frozen=True, slots=True)
class Executed:
    """A command that ran inside a container."""

    code: int
    output: bytes
    errors: bytes


class Stream:
    """An answer that goes on for as long as there is something to tell."""

    def __init__(self, taken: socket.socket, response: http.client.HTTPResponse) -> None:
        self.response = response
        self._socket = taken

    def close(self) -> None:
        """End it, whoever is reading."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)


class Engine:
    """One Docker engine. Safe to be used by several threads: each request has its connection."""

    def __init__(self, address: str | None = None) -> None:
        self.address = address or connection.host()

    def version(self) -> str:
        """The engine's version.

        Raises:
            CrucibleError: there is none.
        """
        return str(self.ask("GET", "/version")["Version"])

    def containers(self, project: str) -> dict[str, str]:
        """The containers of a compose project: service -> id."""
        query = {"all": "1", "filters": in_project(project)}
        found = self.ask("GET", "/containers/json", query)
        return {each["Labels"][SERVICE_LABEL]: each["Id"] for each in found}

    def start(self, container: str) -> None:
        """Start it."""
        self.ask("POST", f"/containers/{container}/start")

    def pid(self, container: str) -> int:
        """Its main process, as the engine's machine counts; 0 if it has ended."""
        return int(self.ask("GET", f"/containers/{container}/json")["State"]["Pid"])

    def is_paused(self, container: str) -> bool:
        """Whether its processes are frozen."""
        return bool(self.ask("GET", f"/containers/{container}/json")["State"]["Paused"])

    def kill(self, container: str, signal: int) -> None:
        """Signal its main process."""
        self.ask("POST", f"/containers/{container}/kill", {"signal": str(int(signal))})

    def pause(self, container: str) -> None:
        """Freeze all its processes; returns when they are frozen."""
        self.ask("POST", f"/containers/{container}/pause")

    def unpause(self, container: str) -> None:
        """Let them run again."""
        self.ask("POST", f"/containers/{container}/unpause")

    def wait(self, container: str) -> int:
        """Wait until it has ended; its exit code."""
        with self._open("POST", f"/containers/{container}/wait", {}, timeout=None) as stream:
            return int(json.load(stream.response)["StatusCode"])

    def execute(
        self,
        container: str,
        argv: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        directory: str | None = None,
        seconds_max: float = REQUEST_SECONDS_MAX,
    ) -> Executed:
        """Run a command inside a running container.

        Raises:
            TimeoutError: it said nothing for so long.
            CrucibleError: the container does not run.
        """
        wish = {
            "Cmd": list(argv),
            "Env": [f"{name}={value}" for name, value in (environment or {}).items()],
            "AttachStdout": True,
            "AttachStderr": True,
            **({"WorkingDir": directory} if directory else {}),
        }
        id_ = self.ask("POST", f"/containers/{container}/exec", body=wish)["Id"]
        how = {"Detach": False, "Tty": False}
        written: tuple[list[bytes], list[bytes]] = ([], [])
        with self._open("POST", f"/exec/{id_}/start", {}, how, timeout=seconds_max) as stream:
            for output, content in frames(stream.response):
                written[output == STDERR].append(content)
        code = self.ask("GET", f"/exec/{id_}/json")["ExitCode"]
        return Executed(int(code), *(b"".join(each) for each in written))

    @contextlib.contextmanager
    def logs(self, container: str, since_wall_ns: int) -> Iterator[Stream]:
        """What it logs from a moment on, in frames; ends with the container."""
        since = f"{since_wall_ns // 10**9}.{since_wall_ns % 10**9:09d}"
        query = {"follow": "1", "stdout": "1", "stderr": "1", "since": since}
        with self._open("GET", f"/containers/{container}/logs", query, timeout=None) as stream:
            yield stream

    @contextlib.contextmanager
    def deaths(self, project: str) -> Iterator[Stream]:
        """The project's containers' ends as they happen: one JSON object a line."""
        filters = in_project(project, type=["container"], event=["die"])
        with self._open("GET", "/events", {"filters": filters}, timeout=None) as stream:
            yield stream

    def ask(
        self, method: str, path: str, query: Mapping[str, str] | None = None, body: Any = None
    ) -> Any:
        """One request; its JSON, or None.

        Raises:
            CrucibleError: no answer, or any answer but success.
        """
        with self._open(method, path, query or {}, body, timeout=REQUEST_SECONDS_MAX) as stream:
            content = stream.response.read()
        return json.loads(content) if content.strip() else None

    @contextlib.contextmanager
    def _open(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: Any = None,
        *,
        timeout: float | None,
    ) -> Iterator[Stream]:
        connected = connection.connect(self.address, timeout)
        try:
            stream = self._request(connected, method, path, query, body)
            if stream.response.status >= 400:
                raise _refused(method, path, stream.response)
            yield stream
            stream.response.close()
        finally:
            connected.close()

    def _request(
        self,
        connected: http.client.HTTPConnection,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: Any,
    ) -> Stream:
        url = quote(path) + (f"?{urlencode(query)}" if query else "")
        content = None if body is None else json.dumps(body)
        try:
            connected.request(method, url, content, {"Content-Type": "application/json"})
            taken = connected.sock  # http.client forgets it when the response takes it over
            return Stream(taken, connected.getresponse())
        except TimeoutError:
            raise
        except (OSError, http.client.HTTPException) as error:
            raise connection.DockerMissingError(
                f"Docker does not answer at {self.address}: {error or type(error).__name__}.",
                hint=connection.HINT,
            ) from error


def in_project(project: str, **filters: list[str]) -> str:
    """The API's filters for what belongs to a compose project."""
    return json.dumps({"label": [f"{PROJECT_LABEL}={project}"], **filters})


def _refused(method: str, path: str, response: http.client.HTTPResponse) -> CrucibleError:
    said = response.read().decode(errors="replace").strip()
    with contextlib.suppress(ValueError, KeyError, TypeError):
        said = json.loads(said)["message"]
    # A conflict: the container has ended, or was frozen, in the meantime. That may happen.
    conflict = response.status == http.HTTPStatus.CONFLICT
    return CrucibleError(
        f"Docker refused {method} {path}: {response.status} {said}.",
        hint="See the nodes' logs in the run directory.",
        exit_code=Exit.UNKNOWN if conflict else Exit.ABORTED,
    )
