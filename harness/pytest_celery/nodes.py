"""pytest-celery's node classes, each over one node of the stack."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import httpx
import psycopg
from celery import Celery
from pytest_celery import (
    RESULT_TIMEOUT,
    CeleryTestBackend,
    CeleryTestBroker,
    CeleryTestContainer,
    CeleryTestNode,
    CeleryTestWorker,
    CeleryWorkerContainer,
    RabbitMQContainer,
    RedisContainer,
)
from pytest_docker_tools.exceptions import TimeoutError as LogTimeoutError

from harness.errors import CrucibleError, Exit
from harness.node import Node
from harness.pytest_celery.container import NodeContainer
from harness.servers import postgres
from harness.target import Worker

PROCESSES: Final = (Path(__file__).parent / "processes_below.py").read_text(encoding="utf-8")
COLUMNS: Final = ("pid", "ppid", "name", "status", "cmdline")
REQUEST_SECONDS_MAX: Final = 30.0
ASK_SECONDS: Final = 0.01


class _OverNode:
    """Ready by the node's own word instead of by its log, which is shared by many tests."""

    _container: NodeContainer

    @property
    def ready_prompt(self) -> None:
        return None

    def ready(self) -> bool:
        """Whether it runs and can serve."""
        self._container.reload()
        return self._container.node.is_ready


class NodeWorkerContainer(_OverNode, CeleryWorkerContainer):  # type: ignore[misc]
    """A worker of the target."""


class _Server(_OverNode):
    """A server, which is where the whole machine sees it; ``broker_url`` is set when it is one."""

    broker_url = ""

    @property
    def url(self) -> str:
        return self.broker_url

    @property
    def host_url(self) -> str:
        return self.broker_url

    @property
    def port(self) -> int:
        address = self._container.node.spec.address
        assert address
        return address.port


class NodeRedisContainer(_Server, RedisContainer):  # type: ignore[misc]
    """A Redis."""


class NodeRabbitMQContainer(_Server, RabbitMQContainer):  # type: ignore[misc]
    """A RabbitMQ."""


class NodeServerContainer(_Server, CeleryTestContainer):  # type: ignore[misc]
    """Any other node."""

    @property
    def celeryconfig(self) -> dict[str, Any]:
        return {"url": self.url, "host_url": self.host_url}


BROKER_CONTAINERS: Final = {"redis": NodeRedisContainer, "rabbitmq": NodeRabbitMQContainer}


class _QuickLog:
    """Looks into the log every few milliseconds, where pytest-celery's nodes wait a second."""

    def wait_for_log(self, log: str, message: str = "", timeout: float = RESULT_TIMEOUT) -> None:
        """Wait until the node has logged ``log`` in this test.

        Raises:
            pytest_docker_tools.exceptions.TimeoutError: it did not within ``timeout`` seconds.
        """
        node: Any = self
        deadline = time.monotonic() + timeout
        while log not in node.logs():
            if time.monotonic() > deadline:
                raise LogTimeoutError(message or f"{node.name()} did not log {log!r}")
            time.sleep(ASK_SECONDS)


class StackNode(_QuickLog, CeleryTestNode):  # type: ignore[misc]
    """A node that is neither worker nor broker nor backend."""

    def __init__(self, container: NodeContainer, app: Celery) -> None:
        super().__init__(NodeServerContainer(container), app)

    def hostname(self) -> str:
        """Its name in the stack."""
        return str(self.container.name)


class StackWorker(_QuickLog, CeleryTestWorker):  # type: ignore[misc]
    """A worker of the target, under the name and on the queues its target file gives."""

    def __init__(self, container: NodeContainer, app: Celery, worker: Worker, python: str) -> None:
        super().__init__(NodeWorkerContainer(container), app)
        self._worker = worker
        self._python = python
        self._node: Node = container.node

    @property
    def worker_name(self) -> str:
        return self._worker.name

    @property
    def worker_queue(self) -> str:
        """The first of its queues."""
        return self._worker.queues[0]

    @property
    def version(self) -> str:
        """The Celery it runs on."""
        code = "import celery; print(celery.__version__)"
        return self._node.run_inside([self._python, "-c", code], REQUEST_SECONDS_MAX).output.strip()

    @property
    def log_level(self) -> str:
        return "INFO"

    def hostname(self) -> str:
        """Its name among workers, as ``inspect`` and ``destination`` have it."""
        return f"{self._worker.name}@crucible"

    def get_running_processes_info(
        self, columns: Sequence[str] | None = None, filters: dict[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        """Its main process and all below it.

        Raises:
            CrucibleError: a column is asked for that is not known.
        """
        wanted = tuple(columns or COLUMNS)
        if unknown := sorted({*wanted, *(filters or ())} - set(COLUMNS)):
            raise CrucibleError(
                f"Of a worker's processes {', '.join(unknown)} is not known.",
                hint=f"Ask for {', '.join(COLUMNS)}.",
                exit_code=Exit.USAGE,
            )
        argv = [self._python, "-c", PROCESSES, str(self._node.own_pid or 0)]
        found = json.loads(self._node.run_inside(argv, REQUEST_SECONDS_MAX).output)
        kept = [p for p in found if all(p[key] == value for key, value in (filters or {}).items())]
        return [{column: process[column] for column in wanted} for process in kept]


class StackBroker(_QuickLog, CeleryTestBroker):  # type: ignore[misc]
    """The stack's broker; its URLs lead past every link."""

    def __init__(self, container: NodeContainer, app: Celery, kind: str, url: str) -> None:
        wrapped = BROKER_CONTAINERS[kind](container)
        wrapped.broker_url = url
        super().__init__(wrapped, app)

    def hostname(self) -> str:
        """Its name in the stack."""
        return str(self.container.name)

    def restart(self, reload_container: bool = True, force: bool = False) -> None:
        """Restart the node; the app connects anew."""
        super().restart(reload_container, force)
        self.app.reconnect()


class StackBackend(_QuickLog, CeleryTestBackend):  # type: ignore[misc]
    """Where results are kept. Its own URL is the target's business: results are asked for."""

    def __init__(self, container: NodeContainer, app: Celery) -> None:
        super().__init__(NodeServerContainer(container), app)

    def hostname(self) -> str:
        """Its name in the stack."""
        return str(self.container.name)

    def restart(self, reload_container: bool = True, force: bool = False) -> None:
        """Restart the node; the app keeps asking the target for results."""
        super(CeleryTestBackend, self).restart(reload_container, force)


class StackWeb(StackNode):
    """The target's web server."""

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"http://{self.container._container.node.spec.address}"

    def get(self, path: str = "/") -> httpx.Response:
        """One page."""
        return httpx.get(self.url + path, timeout=REQUEST_SECONDS_MAX, trust_env=False)


class StackDatabase(StackNode):
    """The target's database."""

    @property
    def url(self) -> str:
        """Where it listens, past every link."""
        address = self.container._container.node.spec.address
        return postgres.url(address.port, address.host)

    def rows(self, query: Any, *values: object) -> list[tuple[Any, ...]]:
        """What a query comes to; ``%s`` stands for each value."""
        with psycopg.connect(self.url) as connection:
            return connection.execute(query, values).fetchall()
