"""A control port that does not do as it is told is an error, not silence."""

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from chaos.means.service_behaviour import Behaviour, Treated, behave, release, treated
from harness.errors import CrucibleError, Exit
from harness.node import Address


class Control(http.server.BaseHTTPRequestHandler):
    """Answers everything the same way, and keeps what it was asked."""

    status, body = 200, "{}"
    asked: "list[tuple[str, str, Any]]" = []  # noqa: RUF012

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.asked.append((self.command, self.path, json.loads(body or "null")))
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body.encode())

    do_GET = do_POST  # noqa: N815

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def answering() -> Iterator[Callable[[int, str], Any]]:
    """A session whose services answer as they are told."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Control) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        spec = SimpleNamespace(control=Address("127.0.0.1", server.server_port))
        stack = SimpleNamespace(node=lambda _: SimpleNamespace(spec=spec))

        def answer(status: int, body: str) -> Any:
            Control.status, Control.body = status, body
            Control.asked.clear()
            return SimpleNamespace(stack=stack)

        yield answer
        server.shutdown()


def test_a_behaviour_is_asked_for_in_full(answering: Callable[[int, str], Any]) -> None:
    session = answering(200, '{"mode": "hold-reply"}')
    behave(session, "gateway", Behaviour("hold-reply", 1, 60.0))
    wish = {"mode": "hold-reply", "count": 1, "delay_seconds": 60.0}
    assert Control.asked == [("POST", "/behaviour", wish)]


def test_what_it_has_done_is_read(answering: Callable[[int, str], Any]) -> None:
    session = answering(200, '{"affected": 3, "held": 1}')
    assert treated(session, "gateway") == Treated(3, 1)
    release(session, "gateway")
    assert [path for _, path, _ in Control.asked] == ["/behaviour", "/release"]


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (200, '{"mode": "ok"}', "it stayed at 'ok'"),
        (500, "{}", "500 Internal Server Error"),
        (400, "{}", "400 Bad Request"),
        (200, "<html>", "Expecting value"),
    ],
)
def test_a_service_that_does_not_take_it_is_an_error(
    status: int, body: str, why: str, answering: Callable[[int, str], Any]
) -> None:
    with pytest.raises(CrucibleError, match="Cannot change how gateway answers") as error:
        behave(answering(status, body), "gateway", Behaviour("hold-reply"))
    assert why in error.value.message
    assert error.value.exit_code is Exit.ABORTED
