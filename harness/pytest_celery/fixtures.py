"""Fixtures: pytest-celery's names and classes, over the stack that all tests of a session share.

They take the place of pytest-celery's own where a target is tested: in ``scenarios/``, and
wherever ``--target`` is given.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress

import pytest
from celery import Celery
from pytest_celery import (
    CeleryBackendCluster,
    CeleryBrokerCluster,
    CeleryTestSetup,
    CeleryWorkerCluster,
)

from harness.brokers import BROKERS
from harness.brokers.broker import BROKER
from harness.client.inquiry import Inquiry
from harness.errors import CrucibleError
from harness.history import FIRST_LINE, History
from harness.link import Link
from harness.plan import CLIENT
from harness.pytest_celery.app import StackApp
from harness.pytest_celery.container import NodeContainer
from harness.pytest_celery.nodes import (
    StackBackend,
    StackBroker,
    StackDatabase,
    StackNode,
    StackWeb,
    StackWorker,
)
from harness.pytest_celery.setup import StackSetup
from harness.pytest_celery.upkeep import Upkeep
from harness.session import Session
from harness.wiring import DATABASE

__all__ = [
    "celery_backend",
    "celery_backend_cluster",
    "celery_beat",
    "celery_broker",
    "celery_broker_cluster",
    "celery_setup",
    "celery_setup_app",
    "celery_setup_cls",
    "celery_worker",
    "celery_worker_cluster",
    "crucible_app",
    "crucible_container",
    "crucible_stack",
    "crucible_upkeep",
    "database",
    "django_web",
    "history",
    "links",
]


@pytest.fixture(scope="session")
def crucible_upkeep(crucible_session: Session) -> Upkeep:
    """Who restores the stack between tests."""
    return Upkeep(crucible_session)


@pytest.fixture(scope="session")
def crucible_app(crucible_session: Session, crucible_upkeep: Upkeep) -> Iterator[StackApp]:
    """The app of all tests of the session."""
    stack = crucible_session.stack
    inquiry = Inquiry(stack.address(CLIENT))
    url = BROKERS[stack.settings.target.broker].url(stack.address(BROKER))
    app = StackApp(url, inquiry, crucible_session.recorder, crucible_upkeep.ordered)
    yield app
    app.close()
    inquiry.close()


@pytest.fixture
def crucible_stack(
    request: pytest.FixtureRequest,
    crucible_session: Session,
    crucible_upkeep: Upkeep,
    crucible_app: StackApp,
) -> Session:
    """The session, its stack as if new. In a scenario it is the scenario that begins so."""
    if "scenario" in request.fixturenames:
        request.getfixturevalue("scenario")
    else:
        crucible_upkeep.restore(crucible_app)
    return crucible_session


@pytest.fixture
def crucible_container(
    crucible_stack: Session, crucible_upkeep: Upkeep
) -> Callable[[str], NodeContainer]:
    """A node by its name, as pytest-celery's classes want it."""

    def container(name: str) -> NodeContainer:
        return NodeContainer(crucible_stack.stack.node(name), name, crucible_upkeep.touched)

    return container


@pytest.fixture
def celery_setup_app(crucible_stack: Session, crucible_app: StackApp) -> Celery:
    """An app with the target's settings, on the stack's broker."""
    crucible_app.set_current()
    return crucible_app


@pytest.fixture
def celery_worker_cluster(
    crucible_stack: Session,
    crucible_container: Callable[[str], NodeContainer],
    celery_setup_app: Celery,
) -> CeleryWorkerCluster:
    """All workers of the target, in the order of its file."""
    stack = crucible_stack.stack
    python = str(stack.wiring.site.paths.python)
    return CeleryWorkerCluster(
        *(
            StackWorker(crucible_container(worker.name), celery_setup_app, worker, python)
            for worker in stack.settings.target.workers
        )
    )


@pytest.fixture
def celery_worker(celery_worker_cluster: CeleryWorkerCluster) -> StackWorker:
    """The target's first worker."""
    worker: StackWorker = celery_worker_cluster[0]
    return worker


@pytest.fixture
def celery_broker(
    crucible_stack: Session,
    crucible_container: Callable[[str], NodeContainer],
    celery_setup_app: Celery,
) -> StackBroker:
    """The stack's broker."""
    kind = crucible_stack.stack.settings.target.broker
    url = BROKERS[kind].url(crucible_stack.stack.address(BROKER))
    return StackBroker(crucible_container(BROKER), celery_setup_app, kind, url)


@pytest.fixture
def celery_broker_cluster(celery_broker: StackBroker) -> CeleryBrokerCluster:
    """The stack's one broker."""
    return CeleryBrokerCluster(celery_broker)


@pytest.fixture
def celery_backend(
    crucible_stack: Session,
    crucible_container: Callable[[str], NodeContainer],
    celery_setup_app: Celery,
) -> StackBackend:
    """Where the target's results are: its database, or else its broker."""
    target = crucible_stack.stack.settings.target
    node = DATABASE if target.addresses.results else BROKER
    return StackBackend(crucible_container(node), celery_setup_app)


@pytest.fixture
def celery_backend_cluster(celery_backend: StackBackend) -> CeleryBackendCluster:
    """The stack's one backend."""
    return CeleryBackendCluster(celery_backend)


@pytest.fixture
def celery_setup_cls() -> type[CeleryTestSetup]:
    """The class of ``celery_setup``."""
    return StackSetup


@pytest.fixture
def celery_setup(
    celery_setup_cls: type[CeleryTestSetup],
    celery_worker_cluster: CeleryWorkerCluster,
    celery_broker_cluster: CeleryBrokerCluster,
    celery_backend_cluster: CeleryBackendCluster,
    celery_setup_app: Celery,
) -> Iterator[CeleryTestSetup]:
    """The whole stack, ready."""
    setup = celery_setup_cls(
        worker_cluster=celery_worker_cluster,
        broker_cluster=celery_broker_cluster,
        backend_cluster=celery_backend_cluster,
        app=celery_setup_app,
    )
    assert setup.ready(ping=False, control=False, docker=True)
    yield setup
    setup.teardown()


@pytest.fixture
def celery_beat(
    crucible_container: Callable[[str], NodeContainer], celery_setup_app: Celery
) -> StackNode:
    """The target's beat."""
    return StackNode(crucible_container("beat"), celery_setup_app)


@pytest.fixture
def django_web(
    crucible_container: Callable[[str], NodeContainer], celery_setup_app: Celery
) -> StackWeb:
    """The target's web server."""
    return StackWeb(crucible_container("web"), celery_setup_app)


@pytest.fixture
def database(
    crucible_container: Callable[[str], NodeContainer], celery_setup_app: Celery
) -> StackDatabase:
    """The target's database."""
    return StackDatabase(crucible_container(DATABASE), celery_setup_app)


@pytest.fixture
def links(crucible_stack: Session) -> Iterator[Mapping[str, Link]]:
    """The stack's links by name (``worker->broker``); all are open again afterwards."""
    yield crucible_stack.stack.links
    with suppress(CrucibleError):  # the test has broken Toxiproxy: the next one gets a new stack
        crucible_stack.stack.heal_links()


@pytest.fixture
def history(crucible_stack: Session) -> Callable[[], History]:
    """Called, it gives the events since the test began."""
    recorder = crucible_stack.recorder
    recorder.gather()
    first = len(recorder.events)

    def since() -> History:
        recorder.gather()
        return History(recorder.events[first:], FIRST_LINE + first)

    return since
