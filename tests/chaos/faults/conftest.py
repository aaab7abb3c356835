"""What the tests of faults share: proofs, whole links, and a payment gateway to ask."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from chaos.fault import Fault
from chaos.injection import Injector
from chaos.means import faketime
from chaos.means.hello import contrast
from chaos.means.service_behaviour import release
from harness import run_directory
from harness.client.publisher import Enqueue
from harness.event import FAULT_EFFECTIVE, FAULT_HEALED, FAULT_INJECTED, Event
from harness.servers import install
from harness.servers.find import Server
from harness.session import Session, opened
from harness.stack import StackSettings
from harness.target import load

PLAIN = Path(__file__).parents[2] / "targets" / "plain"


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


@pytest.fixture
def proves(
    session: Session, inject: Injector, told: Callable[[], list[Event]]
) -> Callable[[Fault], AbstractContextManager[str]]:
    """Injects a fault, which proves nothing before; the block has its proof; then it is healed."""

    @contextmanager
    def proves(fault: Fault) -> Iterator[str]:
        assert fault.proof(session) is None
        with inject(fault):
            assert [e.type for e in told()[-2:]] == [FAULT_INJECTED, FAULT_EFFECTIVE], fault
            yield told()[-1].detail["proof"]
        assert told()[-1].type == FAULT_HEALED

    return proves


@pytest.fixture
def is_whole(session: Session, succeeds: Callable[[str], bool]) -> Callable[[str], bool]:
    """Whether a link is as if nothing had happened, and a task goes its whole way again."""

    def is_whole(name: str) -> bool:
        link, seen = session.stack.link(name), contrast(session, name, 2.0)
        task = Enqueue("plain.add", [1, 2])
        session.publisher.enqueue(task)
        untouched = link.enabled and not link.toxics()
        return untouched and seen.through.received == seen.past.received and succeeds(task.id)

    return is_whole


@pytest.fixture(scope="session")
def shared_database_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """The plain system with a database and a beat; started once."""
    servers = install.ensure(["redis", "toxiproxy", "postgres"])
    directory = run_directory.create("tests", tmp_path_factory.mktemp("reports"))
    with opened(StackSettings(load(PLAIN / "with_database.toml")), servers, directory) as session:
        yield session


@pytest.fixture
def database_session(
    shared_database_session: Session, come_to_rest: Callable[[Session], None]
) -> Iterator[Session]:
    """The plain system with a database; afterwards it is idle and complete again."""
    yield shared_database_session
    come_to_rest(shared_database_session)


@pytest.fixture
def query(database_session: Session) -> Callable[[str], str]:
    """Enqueues a task that runs one statement in the database; gives its id."""

    def query(statement: str) -> str:
        task = Enqueue("plain.query", [statement])
        database_session.publisher.enqueue(task)
        return task.id

    return query


@pytest.fixture(scope="session")
def needs_faketime() -> None:
    """Skipped on a laptop without libfaketime, wanted in CI."""
    if faketime.library() is None:
        missing = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        missing("there is no libfaketime: install the package `faketime`")


@pytest.fixture(scope="session")
def shared_rabbitmq_session(
    rabbitmq: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Session]:
    """The plain system on RabbitMQ; started once."""
    servers = {**install.ensure(["toxiproxy"]), "rabbitmq": rabbitmq}
    directory = run_directory.create("tests", tmp_path_factory.mktemp("reports"))
    target = load(PLAIN / "target.toml", broker="rabbitmq")
    with opened(StackSettings(target), servers, directory) as session:
        yield session


@pytest.fixture
def rabbitmq_session(
    shared_rabbitmq_session: Session, come_to_rest: Callable[[Session], None]
) -> Iterator[Session]:
    """The plain system on RabbitMQ; afterwards it is idle and complete again."""
    yield shared_rabbitmq_session
    come_to_rest(shared_rabbitmq_session)
