"""The payment gateway, asked the way a worker would ask: through its link."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import count
from typing import Any

import httpx
import pytest

from chaos.service_behaviour import release
from harness.session import Session


class Gateway:
    """Charges, and what the gateway has charged by its own account."""

    def __init__(self, session: Session, pool: ThreadPoolExecutor) -> None:
        self._charges = f"http://{session.stack.link('worker->gateway').listen}/charges"
        self._ledger = f"http://{session.stack.node('gateway').spec.control}/ledger"
        self._pool = pool
        self._references = count(1)

    def charge(self) -> "Future[int]":
        """Ask for a charge; the future is the answer's status."""
        body = {"amount": 100, "order_reference": f"o-{next(self._references)}", "customer_id": 1}
        return self._pool.submit(self._post, body)

    def charged(self) -> int:
        """How many charges there are in its ledger."""
        entries: list[Any] = httpx.get(self._ledger, trust_env=False).json()["entries"]
        return sum(entry["status"] == "charged" for entry in entries)

    def _post(self, body: dict[str, Any]) -> int:
        return httpx.post(self._charges, json=body, timeout=30, trust_env=False).status_code


@pytest.fixture
def gateway(session: Session) -> Iterator[Gateway]:
    """The gateway of the plain system; held replies are let go at the end."""
    with ThreadPoolExecutor() as pool:
        yield Gateway(session, pool)
        release(session, "gateway")


@pytest.fixture
def failing() -> Callable[["Future[int]"], str]:
    """Why a request got no answer."""

    def failing(answer: "Future[int]") -> str:
        error = answer.exception(timeout=10)
        assert isinstance(error, httpx.HTTPError), error
        return type(error).__name__

    return failing
