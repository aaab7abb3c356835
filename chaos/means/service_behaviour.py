"""Tells a service of the outside world how to answer, through its control port.

The port's contract (docs/target.md): ``GET /behaviour`` and ``POST /behaviour`` with ``mode``,
``count`` and ``delay_seconds``, answering with these and ``affected`` (requests so treated since)
and ``held`` (replies held back now); ``POST /release`` lets held replies go.
"""

from dataclasses import asdict, dataclass
from functools import cache
from typing import Any, Final

import httpx

from harness.errors import CrucibleError, Exit
from harness.session import Session

REQUEST_SECONDS_MAX: Final = 5.0


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How to answer, for ``count`` requests (None: until told otherwise)."""

    mode: str
    count: int | None = None
    delay_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Treated:
    """How many requests were treated so since, and how many replies are held back now."""

    affected: int
    held: int


def behave(session: Session, service: str, behaviour: Behaviour) -> None:
    """Change how it answers, and see that it took.

    Raises:
        CrucibleError: the service did not take it.
    """
    answer = _ask(session, service, "POST", "/behaviour", asdict(behaviour))
    if answer.get("mode") != behaviour.mode:
        raise _failed(service, f"it stayed at {answer.get('mode')!r}")


def treated(session: Session, service: str) -> Treated:
    """What its behaviour has done so far."""
    answer = _ask(session, service, "GET", "/behaviour")
    return Treated(int(answer["affected"]), int(answer["held"]))


def release(session: Session, service: str) -> None:
    """Let held replies go."""
    _ask(session, service, "POST", "/release")


def _ask(session: Session, service: str, method: str, path: str, body: Any = None) -> Any:
    control = session.stack.node(service).spec.control
    if control is None:
        raise _failed(service, "it has no control port")
    try:
        response = _client().request(method, f"http://{control}{path}", json=body)
        response.raise_for_status()
        return response.json()
    except (httpx.HTTPError, ValueError) as error:
        raise _failed(service, str(error) or type(error).__name__) from error


@cache
def _client() -> httpx.Client:
    """One for all, since making one takes 80 ms, which an aimed fault has not got.

    It keeps no connection: services end and come back.
    """
    none_kept = httpx.Limits(max_keepalive_connections=0)
    return httpx.Client(timeout=REQUEST_SECONDS_MAX, trust_env=False, limits=none_kept)


def _failed(service: str, why: str) -> CrucibleError:
    return CrucibleError(
        f"Cannot change how {service} answers: {why}.",
        hint="docs/target.md says what a service's control port must offer.",
        exit_code=Exit.ABORTED,
    )
