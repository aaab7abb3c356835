"""The public interface of pytest-celery's nodes, each vendor's."""

import pytest
from pytest_celery import (
    MEMCACHED_PREFIX,
    REDIS_PREFIX,
    CeleryTestNode,
    CeleryTestSetup,
    CeleryTestWorker,
)

NODES = [
    "celery_redis_broker",
    "celery_redis_backend",
    "celery_rabbitmq_broker",
    "celery_memcached_backend",
]


@pytest.fixture(params=NODES)
def node(request) -> CeleryTestNode:
    return request.getfixturevalue(request.param)


class TestNode:
    def test_it_is_ready_and_named(self, node):
        assert node.ready()
        assert node.app is None
        assert isinstance(node.name(), str)
        assert node.container.id.startswith(node.hostname())
        assert isinstance(node.logs(), str)
        assert node.container.client

    @pytest.mark.parametrize("signal", [None, "SIGKILL", 9])
    def test_it_is_killed(self, node, signal):
        node.kill(signal)
        assert node.container.status == "exited"

    @pytest.mark.parametrize("force", [True, False])
    def test_it_is_restarted(self, node, force):
        node.restart(force=force)
        assert node.container.status == "running"
        assert node.ready()

    def test_its_configuration(self, node):
        assert {"url", "host_url", "hostname", "port"} <= set(node.config())


def test_redis_as_a_client_sees_it(celery_redis_broker):
    client = celery_redis_broker.container.client
    assert client.ping()
    assert client.set("ready", "1")
    assert client.get("ready") == "1"
    assert celery_redis_broker.config()["url"].startswith(REDIS_PREFIX)


def test_rabbitmq_as_a_client_sees_it(celery_rabbitmq_broker):
    client = celery_rabbitmq_broker.container.client
    try:
        assert client.connect()
    finally:
        client.release()


def test_memcached_as_a_client_sees_it(celery_memcached_backend):
    client = celery_memcached_backend.container.client
    assert client.set("ready", "1")
    assert client.get("ready") == "1"
    assert celery_memcached_backend.config()["url"].startswith(MEMCACHED_PREFIX)


def test_the_setup(celery_setup: CeleryTestSetup):
    assert celery_setup.ready(ping=True)
    worker: CeleryTestWorker = celery_setup.worker
    assert worker.app is celery_setup.app
    worker.assert_log_exists(worker.log_level)
    host_urls = celery_setup.broker_cluster.config()["host_urls"]
    assert celery_setup.app.conf.broker_url in host_urls
    with pytest.raises(NotImplementedError):
        worker.config()


class TestNoBackend:
    @pytest.fixture
    def celery_backend_cluster(self):
        return None

    def test_results_are_disabled(self, celery_setup: CeleryTestSetup):
        celery_setup.worker.assert_log_exists("results:     disabled://")
