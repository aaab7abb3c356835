"""The control server: Locust's processes ask it over HTTP on this machine, with a secret.

It is the whole seam between Crucible's process and Locust's. ``GET /plan``, ``POST /generators``,
``GET /table?arrived=N``, ``GET /state``, ``GET /calm``, ``GET /faults``, ``POST /faults {"key"}``,
``DELETE /faults/ID``, ``POST /phase {"name"}``. Every answer is JSON; a failure is
``{"error", "hint"}``.
"""

import json
import secrets
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, Protocol, Self
from urllib.parse import parse_qs, urlsplit

from harness.errors import CrucibleError
from load.control.faults import Faults
from load.control.generators import Generators
from load.control.state import State
from load.control.timings import Timings

TOKEN_HEADER: Final = "X-Crucible-Token"
URL_VARIABLE: Final = "CRUCIBLE_CONTROL"
TOKEN_VARIABLE: Final = "CRUCIBLE_CONTROL_TOKEN"


class Answers(Protocol):
    """Whatever answers such requests."""

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> Any:
        """The answer to one request; KeyError if there is no such thing to ask."""


@dataclass(frozen=True, slots=True)
class Control:
    """What can be asked."""

    generators: Generators
    timings: Timings
    faults: Faults
    state: State
    phase: Callable[[str], None]

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> Any:
        """The answer to one request; KeyError if there is no such thing to ask."""
        whole = f"{method} {path}"
        if whole.startswith("DELETE /faults/"):
            self.faults.heal(int(path.rpartition("/")[2]))
            return {}
        answers: dict[str, Callable[[], Any]] = {
            "GET /plan": self.generators.plan,
            "POST /generators": self.generators.register,
            "GET /table": lambda: self.timings.rows(int(query["arrived"][0])),
            "GET /calm": lambda: {"calm": self.state.calm},
            "GET /state": self.state.to_json,
            "GET /faults": self.faults.offers,
            "POST /faults": lambda: {"id": self.faults.inject(body["key"])},
            "POST /phase": lambda: self.phase(body["name"]),
        }
        return answers[whole]()


class ControlServer:
    """Serves a control on threads: on a free port of this machine, unless it is told another."""

    def __init__(
        self, control: Answers, listen: tuple[str, int] = ("127.0.0.1", 0), token: str = ""
    ) -> None:
        self.token = token or secrets.token_urlsafe()
        self._server = _Server(listen, _Handler)
        self._server.control, self._server.token = control, self.token
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="control", daemon=True
        )

    @property
    def environment(self) -> dict[str, str]:
        """What a Locust process must know to ask."""
        url = f"http://127.0.0.1:{self._server.server_port}"
        return {URL_VARIABLE: url, TOKEN_VARIABLE: self.token}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    control: Answers
    token: str

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever asked may end before it has its answer: that is no error here."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def do_DELETE(self) -> None:
        self._handle()

    def _handle(self) -> None:
        body = self._body()
        if not secrets.compare_digest(self.headers.get(TOKEN_HEADER, ""), self.server.token):
            self._send(HTTPStatus.FORBIDDEN, {"error": "a wrong token", "hint": ""})
            return
        url = urlsplit(self.path)
        try:
            answer = self.server.control.answer(
                self.command, url.path, parse_qs(url.query), body and json.loads(body)
            )
        except CrucibleError as error:
            self._send(HTTPStatus.CONFLICT, {"error": error.message, "hint": error.hint})
        except (KeyError, ValueError, TypeError, IndexError) as error:
            text = f"{self.command} {self.path}: {type(error).__name__}: {error}"
            self._send(HTTPStatus.BAD_REQUEST, {"error": text, "hint": ""})
        else:
            self._send(HTTPStatus.OK, answer)

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _send(self, status: HTTPStatus, answer: Any) -> None:
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: what matters is in the history."""
