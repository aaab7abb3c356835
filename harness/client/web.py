"""Asks the target's web server for something, as an operation in the history."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import httpx

from harness.event import FAIL, INFO, INVOKE, OK
from harness.operation import Expectation
from harness.recorder import Recorder

REQUEST_SECONDS_MAX = 10.0


@dataclass(frozen=True, slots=True)
class WebOperation:
    """A request that asks for work. ``accepted`` tells an accepting answer from a refusal."""

    name: str
    request: Callable[[], httpx.Response]
    accepted: Callable[[httpx.Response], bool]
    expects: Sequence[Expectation] = ()
    id: str = field(default_factory=lambda: str(uuid.uuid4()))


def session(base_url: str) -> httpx.Client:
    """A browser's session: it keeps cookies and does not follow redirects."""
    return httpx.Client(base_url=base_url, timeout=REQUEST_SECONDS_MAX, trust_env=False)


def perform(operation: WebOperation, recorder: Recorder) -> str:
    """Ask, and record how it went: ok, fail, or info when nobody can know."""
    expects = [list(each) for each in operation.expects]
    recorder.record(
        INVOKE, operation.id, operation.name, {"kind": "web", "expects": expects}, node="web-client"
    )
    outcome, reason = _attempt(operation)
    detail = {"reason": reason} if reason else {}
    recorder.record(outcome, operation.id, operation.name, detail, node="web-client")
    return outcome


def _attempt(operation: WebOperation) -> tuple[str, str]:
    try:
        response = operation.request()
    except httpx.HTTPError as error:
        return INFO, f"{type(error).__name__}: {error}"
    if response.status_code >= 500:
        return INFO, f"HTTP {response.status_code}"
    if not operation.accepted(response):
        return FAIL, f"HTTP {response.status_code}, not accepted"
    return OK, ""
