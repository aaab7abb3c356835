import http.server
import threading
from collections.abc import Callable, Iterator

import httpx
import pytest

from harness.client.web import WebOperation, perform, session
from harness.event import FAIL, INFO, INVOKE, OK
from harness.operation import Expectation
from harness.recorder import Recorder


class Pages(http.server.BaseHTTPRequestHandler):
    """Answers ``/200`` with 200 and so on; ``/none`` hangs up."""

    def do_GET(self) -> None:
        if self.path == "/none":
            self.connection.close()
            return
        self.send_response(int(self.path[1:]))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def ask(recorder: Recorder) -> Iterator[Callable[[str], str]]:
    """Asks for a page that is accepted when it redirects; returns the outcome."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        with session(f"http://127.0.0.1:{server.server_port}") as browser:

            def ask(path: str) -> str:
                expects = [Expectation("order", "o-1", 1)]
                operation = WebOperation(
                    "order", lambda: browser.get(path), lambda page: page.is_redirect, expects
                )
                return perform(operation, recorder)

            yield ask
        server.shutdown()


@pytest.mark.parametrize(
    ("path", "outcome"),
    [("/302", OK), ("/200", FAIL), ("/404", FAIL), ("/500", INFO), ("/503", INFO), ("/none", INFO)],
)
def test_what_is_known_of_an_operation(
    path: str, outcome: str, ask: Callable[[str], str], recorder: Recorder
) -> None:
    assert ask(path) == outcome
    invoke, end = recorder.events
    assert invoke.type == INVOKE
    assert invoke.detail == {"kind": "web", "expects": [["order", "o-1", 1]]}
    assert (end.type, end.id, end.name) == (outcome, invoke.id, "order")
    assert bool(end.detail.get("reason")) is (outcome != OK)


def test_nobody_there_leaves_it_unknown(recorder: Recorder) -> None:
    with session("http://127.0.0.1:1") as browser:
        page = WebOperation("order", lambda: browser.get("/"), httpx.Response.json)
        assert perform(page, recorder) == INFO
    assert "ConnectError" in recorder.events[-1].detail["reason"]
